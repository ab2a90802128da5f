"""`fit` is the plain PyTorch recipe, draw for draw: fifty epochs of what benchmarks/same_run.py does for two thousand."""

import pytest
import torch

from benchmarks import same_run


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_fit_is_the_plain_loop_with_the_same_draws(dtype):
    found = list(same_run.differences(dtype, epochs=50))
    assert [difference.target for difference in found] == ["log-probs", "logits"]
    for difference in found:
        assert difference.teacher_identical
        assert difference.outputs <= same_run.LIMITS[dtype]
        assert difference.losses == 0
        assert not difference.too_large


@pytest.mark.parametrize("change", [{"teacher_identical": False}, {"outputs": 1e-3}, {"outputs": float("nan")}, {"losses": 1}])
def test_a_difference_is_noticed(change):
    same = same_run.Difference(torch.float32, "logits", True, 1e-7, 0)
    assert not same.too_large
    assert same._replace(**change).too_large


def test_another_seed_is_another_run(monkeypatch):
    monkeypatch.setattr(same_run, "kdlib_runs", _with_one_more_draw(same_run.kdlib_runs))
    assert all(difference.too_large for difference in same_run.differences(torch.float32, epochs=2))


def _with_one_more_draw(runs):
    def changed(data, epochs):
        networks = list(runs(data, epochs))
        networks[0] = (same_run.teacher_net(), networks[0][1])
        return networks

    return changed
