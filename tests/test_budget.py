"""What a network costs: its bytes are those of the file, its times those of the calls that were asked for."""

import gc
import time

import numpy as np
import pytest
import torch

from kdlib import budget, onnx_files, sample_people, save_model, student_net, teacher_net
from kdlib.budget_pictures import frontier_of, times_by_width

PEOPLE = sample_people(50, seed=0, dtype=torch.float64)


def test_the_size_is_that_of_the_file(tmp_path):
    model = teacher_net()
    save_model(model, tmp_path / "model")
    weights = 4 * sum(p.numel() for p in model.parameters())
    assert budget.size_of(model) == (tmp_path / "model").stat().st_size
    assert weights < budget.size_of(model) < weights + 1500


def test_a_spread_is_the_median_between_its_quartiles():
    found = budget.spread([5, 1, 2, 3, 1e6])
    assert found == (3, 2, 5) and str(found) == "3 [2, 5]"


def test_a_race_measures_what_calls_take_and_how_many_rows_they_answer():
    def sleeper(seconds):
        return lambda: time.sleep(seconds)

    found = budget.race({"slow": sleeper(0.004), "fast": sleeper(0.001)}, rows=10, rounds=5)
    assert list(found) == ["slow", "fast"] and [values.shape for values in found.values()] == [(5,), (5,)]
    assert found["slow"].min() >= 400 and found["fast"].min() >= 100  # microseconds a row
    assert (found["slow"] / found["fast"]).median() > 2


def test_all_take_part_in_every_round_warmed_up(monkeypatch):
    monkeypatch.setattr(budget, "ROUND", 0.0)
    order = []
    budget.race({name: lambda name=name: order.append(name) for name in "ab"}, rounds=3)
    warm = 3 * budget.WARM_UP  # so often, and so often timed, each after one more
    assert "".join(order) == "a" * warm + "b" * warm + "aabb" * 3


def test_a_round_lasts_as_long_as_it_should(monkeypatch):
    monkeypatch.setattr(budget, "ROUND", 0.004)
    calls = []
    budget.race({"one": lambda: calls.append(time.sleep(0.001))}, rounds=1)
    assert 2 <= len(calls) - 3 * budget.WARM_UP - 1 <= 4


def test_a_race_leaves_threads_and_collector_as_they_were_also_after_an_error():
    def fails():
        assert not gc.isenabled() and torch.get_num_threads() == 1 and torch.is_inference_mode_enabled()
        raise RuntimeError("the contestant fell")

    before = torch.get_num_threads()
    with pytest.raises(RuntimeError, match="fell"):
        budget.race({"one": fails})
    assert gc.isenabled() and torch.get_num_threads() == before


@pytest.mark.parametrize("wrong", [{"rows": 0}, {"rounds": 0}])
def test_a_race_of_nothing_is_refused(wrong):
    with pytest.raises(ValueError, match="expected 1 or more"):
        budget.race({}, **wrong)


def test_a_budget_names_engines_and_batches():
    pytest.importorskip("onnxruntime")
    found = budget.measure(student_net(), PEOPLE.x, batches=(1, 120), rounds=3)
    assert list(found.microseconds) == [(e, b) for b in (1, 120) for e in ("torch", "ONNX Runtime")]
    assert all(0 < time.low <= time.median <= time.high for time in found.microseconds.values())
    # A call costs far more than a row: one of many rows takes less for each.
    assert found.microseconds["torch", 120].median < found.microseconds["torch", 1].median / 3
    assert str(found).startswith(f"{budget.size_of(student_net()):,} bytes")


def test_without_onnx_runtime_a_budget_is_that_of_torch(monkeypatch):
    monkeypatch.setattr(onnx_files, "missing", lambda: "onnxruntime is not installed.")
    found = budget.measure(student_net(), PEOPLE.x, batches=(1,), rounds=2)
    assert list(found.microseconds) == [("torch", 1)]


def test_what_is_shipped_is_a_float32_copy():
    model = student_net().double().train()
    small = budget.as_shipped(model)
    assert small.layers[0].weight.dtype == torch.float32 and not small.training
    assert model.layers[0].weight.dtype == torch.float64 and model.training
    assert budget.size_of(small) < 0.75 * budget.size_of(model)
    with pytest.raises(ValueError, match=r"model is a Linear; expected a kdlib\.MLP"):
        budget.as_shipped(torch.nn.Linear(6, 3))


def test_a_batch_repeats_the_rows_that_are_there():
    rows = budget.batch_of(PEOPLE.x, 120)
    assert rows.dtype == torch.float32 and torch.equal(rows[50:100], PEOPLE.x.float())
    with pytest.raises(ValueError, match=r"x is \[0, 6\]; expected rows"):
        budget.batch_of(PEOPLE.x[:0], 3)


def test_pictures_show_medians_widths_and_the_same_factor():
    rounds = torch.tensor([1.0, 2.0, 3.0])
    times = {2: rounds, 128: 2 * rounds}
    shares = {"taught": {2: torch.tensor([0.5, 0.6]), 128: torch.tensor([0.8, 0.9])}}
    alone = {width: 3 + 0 * values for width, values in times.items()}
    picture = frontier_of({"alone": alone, "many": times}, shares, "title", "alt")
    left, right = picture.axes.flat
    assert right.lines[0].get_xydata().flatten().tolist() == pytest.approx([2, 0.55, 4, 0.85])
    assert [text.get_text() for text in right.texts] == ["2", "128"]
    factors = [ax.get_xlim()[1] / ax.get_xlim()[0] for ax in (left, right)]
    assert factors[0] == pytest.approx(factors[1])  # what is level looks level

    panels = {"one": {(engine, width): values for engine in ("torch", "other") for width, values in times.items()}}
    (ax,) = times_by_width(panels, "title", "alt").axes.flat
    assert [line.get_label() for line in ax.lines] == ["torch", "other"]
    assert ax.lines[0].get_xydata().tolist() == [[2, 2], [128, 4]]


def test_rows_that_the_network_cannot_take_are_named():
    with pytest.raises(ValueError, match=r"x is \[1, 4\]; expected \[n, 6\], the features of a network"):
        budget.measure(student_net(), torch.zeros(5, 4), batches=(1,), rounds=1)
    assert budget.measure(student_net(), np.zeros((5, 6)), batches=(1,), rounds=1).bytes > 0
