"""`fit` is the plain PyTorch recipe, draw for draw: fifty of the two thousand epochs of benchmarks/same_run.py."""

import pytest
import torch

from kdlib import teacher_net
from tests.support import same_run


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_fit_is_the_plain_loop_with_the_same_draws(dtype):
    found = list(same_run.differences(dtype, epochs=50))
    assert [difference.target for difference in found] == ["log-probs", "logits"]
    for difference in found:
        assert difference.teacher_identical
        assert difference.outputs <= same_run.LIMITS[dtype]
        assert difference.losses == 0
        assert not difference.too_large


@pytest.mark.parametrize(
    "change", [{"teacher_identical": False}, {"outputs": 1e-3}, {"outputs": float("nan")}, {"losses": 1}], ids=str
)
def test_a_difference_is_noticed(change):
    same = same_run.Difference(torch.float32, "logits", True, 1e-7, 0)
    assert not same.too_large
    assert same._replace(**change).too_large


def test_one_more_draw_is_another_run(monkeypatch):
    monkeypatch.setattr(same_run, "teacher_net", lambda: (torch.rand(1), teacher_net())[1])
    assert all(difference.too_large for difference in same_run.differences(torch.float32, epochs=2))
