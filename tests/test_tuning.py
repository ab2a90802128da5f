"""`tune` tries every step size with the same draws, keeps the best mean over all runs, and refuses the edge."""

import numpy as np
import pytest
import torch

import kdlib
from kdlib.tuning import tune

PEOPLE = kdlib.sample_people(30, seed=0, dtype=torch.float64, runs=3)
SETTINGS = {"runs": 3, "epochs": 3, "batch_size": 10, "seed": 1}


def tuned(*scores, lrs=(0.01, 0.1, 1.0)):
    """Tuned with a score that is known beforehand: for each step size one value per run."""
    values = iter(scores)
    return tune((6, 4, 3), PEOPLE, kdlib.HardLabels(), lrs=lrs, score=lambda _: torch.tensor(next(values)), **SETTINGS)


def test_the_best_mean_over_all_runs_wins():
    chosen = tuned([0.9, 0.1, 0.1], [0.5, 0.5, 0.5], [0.1, 0.9, 0.2])  # the first run alone would choose 0.01
    assert chosen.lr == 0.1 and chosen.score.tolist() == pytest.approx([0.5, 0.5, 0.5])
    assert chosen.scores.shape == (3, 3) and chosen.at(1.0).tolist() == pytest.approx([0.1, 0.9, 0.2])


def test_the_cohort_is_that_of_the_best_step_with_its_own_draws():
    chosen = tuned([0.0] * 3, [1.0] * 3, [0.0] * 3)
    alone = kdlib.train_cohort((6, 4, 3), PEOPLE, kdlib.HardLabels(), lr=0.1, **SETTINGS)
    assert torch.equal(chosen.cohort.logits(PEOPLE.x), alone.logits(PEOPLE.x))


@pytest.mark.parametrize("edge", [0, 2])
def test_a_step_at_the_edge_that_is_better_beyond_chance_is_refused(edge):
    scores = [[0.9, 0.8, 0.85] if k == edge else [0.1, 0.0, 0.1] for k in range(3)]
    with pytest.raises(ValueError, match=r"^lrs: the step size (0.01|1) at the edge of .* expected steps beyond it"):
        tuned(*scores)


def test_where_the_curve_is_flat_the_inner_step_is_taken():
    chosen = tuned([0.5, 0.5, 0.5], [0.5, 0.5, 0.4], [0.6, 0.3, 0.7])  # better on average at 1, by chance
    assert chosen.lr == 0.1


@pytest.mark.parametrize("lrs", [(0.1, 1.0), (1.0, 0.1, 0.01), (0.1, 0.1, 1.0)])
def test_step_sizes_that_cannot_bracket_are_refused_before_training(lrs):
    with pytest.raises(ValueError, match="expected three or more step sizes, each larger"):
        tuned(lrs=lrs)


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        ([0.5, float("nan"), 0.5], r"score gave NaN or infinity; expected \[3\], one finite number per run"),
        ([0.5, 0.5], r"score gave \[2\]; expected \[3\]"),
        (0.5, r"score gave \[\]; expected \[3\]"),
        ([[0.5] * 3] * 3, r"score gave \[3, 3\]; expected \[3\]"),
    ],
)
def test_scores_are_judged_after_the_first_step_size(scores, message):
    with pytest.raises(ValueError, match=message):
        tuned(scores)


def test_scores_may_be_lists_arrays_and_whole_numbers():
    values = iter([[1, 2, 3], np.array([4, 5, 6]), torch.tensor([7, 8, 8]), [1.0, 2.0, 3.0]])
    settings = {"lrs": np.array([0.001, 0.01, 0.1, 1.0]), "score": lambda _: next(values), **SETTINGS}
    chosen = tune((6, 4, 3), PEOPLE, kdlib.HardLabels(), **settings)
    assert chosen.lr == 0.1 and type(chosen.lr) is float and chosen.scores[1].tolist() == [2.0, 5.0, 8.0, 2.0]
    with pytest.raises(ValueError, match=r"lr is 0.3; expected one of \[0.001, 0.01, 0.1, 1.0\]"):
        chosen.at(0.3)


def test_one_run_is_refused_before_training():
    with pytest.raises(ValueError, match="runs is 1; expected 2 or more"):
        tune((6, 4, 3), PEOPLE, kdlib.HardLabels(), lrs=[0.1, 0.2, 0.3], score=None, **SETTINGS | {"runs": 1})
