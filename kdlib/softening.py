"""Softmax at a temperature, and the divergence of two of them, with digits that hold at any T.

At a high temperature p_T and q_T are both 1/C but for their last digits, and those carry all of T^2 KL(q_T || p_T):
written as the formula says it, float32 has lost them at T = 1000, and the longer way below is taken.
"""

from functools import lru_cache

import torch
from torch import Tensor

_MOST = 1e15  # what lies beyond differs by nothing that a float64 could hold, but T^2 may overflow


def over_rows(setting: float | Tensor, logits: Tensor) -> float | Tensor:
    """A per-run setting [R] as [R, 1, 1], in the dtype of the logits [R, B, C]; a plain number as it is."""
    return setting.to(logits)[:, None, None] if isinstance(setting, Tensor) else setting


def temperature_over_rows(temperature: float | Tensor, logits: Tensor, power: int) -> tuple[float | Tensor, bool]:
    """T as `over_rows` gives it, and whether it is so high that T^power times rounding would show: above 1e-5.

    In float32 a value (power 2) asks for the longer way from T = 9 on, a gradient (power 1) from T = 84 on.
    """
    if not isinstance(temperature, Tensor):
        return _number(temperature, logits.dtype, power)
    _, high = _number(_highest(temperature), logits.dtype, power)
    return over_rows(temperature.clamp(max=_MOST) if high else temperature, logits), high


def _highest(temperature) -> float:
    return temperature.max().item() if isinstance(temperature, Tensor) else temperature


@lru_cache(256)  # called in every step
def _number(temperature: float, dtype: torch.dtype, power: int) -> tuple[float, bool]:
    high = temperature > (1e-5 / torch.finfo(dtype).eps) ** (1 / power)
    return min(temperature, _MOST) if high else temperature, high


def softmax(logits: Tensor) -> Tensor:
    """Softmax over the last dimension [..., C]; along the memory where that dimension comes first there, as in a cohort
    of many runs: `torch.softmax` is 10 times slower along a short one."""
    if logits.stride(-1) == 1:
        return torch.softmax(logits, -1)
    return torch.softmax(logits.movedim(-1, 0), 0).movedim(0, -1)


def softmax_at(logits: Tensor, temperature: float | Tensor) -> Tensor:
    """softmax(logits / T) [..., C]; less 1/C where T is high, which the difference of two does not notice."""
    T, high = temperature_over_rows(temperature, logits, 1)
    return _softmax_less_mean(logits / T) if high else softmax(logits / T)


def scaled_difference(z: Tensor, q: Tensor, temperature: float | Tensor) -> Tensor:
    """T (p_T - q_T) for logits z and q = ``softmax_at(v, temperature)``."""
    if isinstance(temperature, float):  # the plainest way, in every step of training
        T, high = _number(temperature, z.dtype, 1)
    else:
        T, high = temperature_over_rows(temperature, z, 1)
    return T * ((_softmax_less_mean(z / T) if high else softmax(z / T)) - q)


def _softmax_less_mean(x):
    e = torch.expm1(x - x.amax(-1, keepdim=True))  # exp(x_k) / exp(max) - 1
    return (e - e.mean(-1, keepdim=True)) / (e.sum(-1, keepdim=True) + e.shape[-1])


def scaled_kl(a: Tensor, b: Tensor, temperature: float | Tensor) -> Tensor:
    """T^2 KL(softmax(a / T) || softmax(b / T)) of each row: [..., B, C] -> [..., B], never below 0 where T is high."""
    if a.dtype.itemsize < 4:  # half precision has no digits to lose on the way
        return scaled_kl(a.float(), b.float(), temperature).to(a.dtype)
    T, high = temperature_over_rows(temperature, a, power=2)
    if high and a.dtype == torch.float32 and a.device.type == "cpu" and _highest(temperature) < 100:
        # The formula in float64 still has more digits than a float32 holds, and is faster than the longer way.
        return scaled_kl(a.double(), b.double(), temperature).to(a.dtype)
    if high:
        return _scaled_kl_of_near(a, b, T)
    log_a, log_b = torch.log_softmax(a / T, -1), torch.log_softmax(b / T, -1)
    return (T**2 * (log_a.exp() * (log_a - log_b)).sum(-1, keepdim=True)).squeeze(-1)


def _scaled_kl_of_near(a, b, T) -> Tensor:
    """Sum of p_a T^2 phi(d), where d = log p_a - log p_b and phi(d) = d + exp(-d) - 1, which is never below 0.

    The two terms that phi adds to d sum to 0 over the classes. Nothing small is the difference of two large numbers:
    d comes from a - b, and phi from its series where d is small.
    """
    u = a - b
    u = (u - u.amax(-1, keepdim=True).detach()) / T  # the shift cancels in d
    log_a, log_b = torch.log_softmax(a / T, -1), torch.log_softmax(b / T, -1)
    p_a, p_b = log_a.exp(), log_b.exp()
    # log sum p_b exp(u), the constant that makes p_b exp(u) the probabilities p_a
    near = torch.log1p((p_b * torch.expm1(u.clamp(min=-1))).sum(-1, keepdim=True))
    far = torch.logsumexp(log_b + u, -1, keepdim=True)
    d = u - torch.where(u.amin(-1, keepdim=True) > -1, near, far)
    s = d.clamp(-0.5, 0.5)
    series = 1 / 2 - s / 6 * (1 - s / 4 * (1 - s / 5 * (1 - s / 6 * (1 - s / 7 * (1 - s / 8 * (1 - s / 9))))))
    # T before each d: at T = 1e15 the square of d alone would be 0 in float32
    rows = torch.where(d.abs() < 0.5, p_a * (T * d) ** 2 * series, T * (T * (p_a * d + p_b - p_a)))
    return rows.sum(-1)
