"""The teacher of a run: whatever gives logits for rows, or the logits themselves, or several teachers as one."""

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from kdlib.arguments import check_not_probabilities, tensor_of
from kdlib.models import logits_of


def ensemble(teachers: Iterable) -> Callable[[Tensor], Tensor]:
    """Several teachers as one: a function from features to the log of their mean probabilities [n, C]::

        v = log (1/M) sum_m softmax(v_m)

    Each is what `kdlib.fit` takes as a teacher. Raises `TypeError` or `ValueError` for what is none, for no teacher,
    and for other classes than the first has.
    Hinton, Vinyals and Dean distilled such ensembles in 2015. Not used in a chapter.
    """
    if not isinstance(teachers, Iterable):
        raise TypeError(f"teachers is a {type(teachers).__name__}; expected a list of them")
    teachers = list(teachers)
    if not teachers:
        raise ValueError("teachers is empty; expected at least one")

    def log_mean(x: Tensor) -> Tensor:
        each = []
        for m, teacher in enumerate(teachers):
            v = teacher_logits_of(teacher, x, f"teachers[{m}]")
            check_not_probabilities(v, f"the logits of teachers[{m}]")
            each.append(torch.log_softmax(v, -1))
        if len(shapes := {tuple(log_q.shape) for log_q in each}) > 1:
            raise ValueError(f"the teachers give logits of {sorted(shapes)}; expected one shape")
        return torch.stack([log_q.double() for log_q in each]).logsumexp(0).to(each[0].dtype) - math.log(len(each))

    return log_mean


def teacher_logits_of(teacher: Any, x: Tensor, name: str = "teacher") -> Tensor:
    """The teacher's logits [n, C] for the rows x, in its own dtype; raises `TypeError` or `ValueError` in a sentence.

    ``teacher`` is what `kdlib.logits_of` takes, or the logits themselves, an array or tensor with a row for each of x.
    """
    if isinstance(teacher, Tensor | np.ndarray):
        v = tensor_of(teacher, name).detach()
    elif isinstance(teacher, list | tuple):
        raise TypeError(f"{name} is a {type(teacher).__name__}; expected one, such as kdlib.ensemble(teachers)")
    elif isinstance(teacher, type) or not callable(teacher):
        raise TypeError(f"{name} is {teacher!r}; expected a network, a function from features to logits, or logits")
    else:
        v = logits_of(teacher, x)
    if v.dim() != 2 or len(v) != len(x):
        found = f"{len(v)} rows of logits" if v.dim() == 2 else f"logits {list(v.shape)}"
        raise ValueError(f"the {name} gives {found} for {len(x)} rows of data; expected one for each")
    return v
