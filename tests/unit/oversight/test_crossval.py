import numpy as np
import pytest

from superalign.oversight.crossval import cross_validated
from superalign.stats import ece


def made(n, seed, slope=1.0, offset=0.0):
    rng = np.random.default_rng(seed)
    scores = rng.uniform(0.02, 0.98, n)
    logits = slope * np.log(scores / (1 - scores)) + offset
    return scores.tolist(), (rng.random(n) < 1 / (1 + np.exp(-logits))).tolist()


def test_calibration_out_of_fold_beats_raw_scores_that_are_off():
    scores, right = made(600, 0, slope=0.4, offset=1.5)
    found = cross_validated(scores, right)
    assert found.n == 600
    assert found.folds == 5
    assert found.ece_width < 0.6 * ece(scores, right)
    assert found.ece_mass < 0.6 * ece(scores, right, mass=True)
    assert 0.5 < found.auroc < 1.0
    assert found.brier < 0.25
    assert found.risk_coverage[-1] == (
        1.0,
        pytest.approx(np.mean([(p > 0.5) != y for p, y in zip(found.chances, right, strict=True)])),
    )
    assert found.aurc < found.risk_coverage[-1][1]


def test_no_item_is_calibrated_by_its_own_label():
    rng = np.random.default_rng(0)
    scores, right = rng.random(300).tolist(), (rng.random(300) < 0.5).tolist()
    found = cross_validated(scores, right)
    assert found.auroc == pytest.approx(0.5, abs=0.1)
    flipped = [not right[0], *right[1:]]
    again = cross_validated(scores, flipped, units=[str(i) for i in range(300)])
    assert again.n == 300


def test_a_unit_is_never_split_over_folds():
    # Each unit is one score seen ten times; its label is a coin, so only a leak could tell.
    rng = np.random.default_rng(1)
    coins = rng.random(60) < 0.5
    scores = np.repeat(rng.random(60), 10).tolist()
    right = np.repeat(coins, 10).tolist()
    units = [str(i) for i in range(60) for _ in range(10)]
    held = cross_validated(scores, right, units=units)
    leaked = cross_validated(scores, right)
    assert held.auroc < 0.65 < leaked.auroc


def test_groups_are_calibrated_by_themselves():
    (s1, y1), (s2, y2) = made(300, 1, offset=2.0), made(300, 2, offset=-2.0)
    groups = ["a"] * 300 + ["b"] * 300
    one, own = cross_validated(s1 + s2, y1 + y2), cross_validated(s1 + s2, y1 + y2, groups=groups)
    assert own.brier < one.brier - 0.02


def test_too_little_is_none_and_few_of_a_class_are_fewer_folds():
    assert cross_validated([0.1, 0.9], [False, True]) is None
    assert cross_validated([], []) is None
    scores = [0.1, 0.2, 0.3, 0.7, 0.8, 0.9]
    assert cross_validated(scores, [False, False, False, True, True, True]).folds == 3


def test_the_same_seed_gives_the_same_report():
    scores, right = made(100, 0)
    assert cross_validated(scores, right, seed=1) == cross_validated(scores, right, seed=1)
    assert cross_validated(scores, right, seed=1) != cross_validated(scores, right, seed=2)
