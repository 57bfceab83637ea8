import random

import numpy as np
import pytest

from superalign import stats


def test_wilson_agrees_with_a_published_vector():
    low, high = stats.wilson(3, 50)
    assert (round(low, 3), round(high, 3)) == (0.021, 0.162)


@pytest.mark.parametrize(("successes", "n"), [(0, 7), (7, 7), (1, 3), (299, 300)])
def test_wilson_solves_its_defining_equation_and_holds_the_share(successes, n):
    low, high = stats.wilson(successes, n)
    share = successes / n
    assert 0 <= low <= share <= high <= 1
    for bound in (low, high):
        distance = (share - bound) ** 2
        assert distance == pytest.approx(1.96**2 * bound * (1 - bound) / n, abs=1e-12)


def test_wilson_refuses_more_successes_than_trials():
    with pytest.raises(ValueError, match="5 successes of 4"):
        stats.wilson(5, 4)


def test_a_rate_of_nothing_is_null_not_zero():
    assert stats.rate(0, 0) == {"rate": None, "n": 0, "low": None, "high": None}
    assert stats.rate(1, 4)["rate"] == 0.25


def test_no_failures_in_n_leaves_the_rule_of_three():
    assert stats.clopper_pearson_upper(0, 300) == pytest.approx(1 - 0.05 ** (1 / 300), abs=1e-9)
    assert stats.clopper_pearson_upper(5, 5) == 1.0


def test_the_exact_bound_agrees_with_the_beta_quantile():
    from scipy.stats import beta

    for k, n in ((1, 20), (13, 150), (700, 1000)):
        want = beta.ppf(0.95, k + 1, n - k)
        assert stats.clopper_pearson_upper(k, n) == pytest.approx(want, abs=1e-9)


def test_the_interval_of_a_difference_agrees_with_newcombe_1998():
    # 56 of 70 against 48 of 80: .2000, interval .0524 to .3339, in the paper's table II.
    found = stats.difference(stats.rate(48, 80), stats.rate(56, 70))
    assert found["n"] == 70
    assert found["difference"] == pytest.approx(0.2)
    assert (found["low"], found["high"]) == (
        pytest.approx(0.0524, abs=5e-5),
        pytest.approx(0.3339, abs=5e-5),
    )


def test_a_difference_from_an_unmeasured_rate_is_null():
    assert stats.difference(stats.rate(0, 0), stats.rate(1, 2))["difference"] is None


def slow_auroc(scores, labels):
    wins = [s for s, y in zip(scores, labels, strict=True) if y]
    losses = [s for s, y in zip(scores, labels, strict=True) if not y]
    if not wins or not losses:
        return None
    points = sum((w > f) + 0.5 * (w == f) for w in wins for f in losses)
    return points / (len(wins) * len(losses))


@pytest.mark.parametrize("seed", range(20))
def test_auroc_with_many_ties_counts_pairs(seed):
    rng = random.Random(seed)
    scores = [rng.randrange(5) / 4 for _ in range(40)]
    labels = [rng.random() < 0.3 for _ in scores]
    want = slow_auroc(scores, labels)
    assert stats.auroc(scores, labels) == (None if want is None else pytest.approx(want))


def test_auroc_of_one_class_is_none():
    assert stats.auroc([0.1, 0.9], [1, 1]) is None
    assert stats.auroc([], []) is None


def test_calibration_error_by_hand():
    # Bin [.2,.3): mean .25, one of two right, off by .25, two items.
    # Bin [.9,1]: mean .95, one of two right, off by .45, two items.  (2*.25 + 2*.45) / 4 = .35.
    sure, right = [0.2, 0.3 - 1e-12, 0.9, 1.0], [0, 1, 1, 0]
    assert stats.ece(sure, right) == pytest.approx(0.35)
    assert stats.brier(sure, right) == pytest.approx((0.04 + 0.49 + 0.01 + 1.0) / 4)


def test_equal_mass_bins_hold_equal_shares_and_keep_ties_together():
    sure = [0.1] * 3 + [0.2, 0.3, 0.4, 0.5, 0.6, 0.7]
    right = [0, 0, 1, 0, 1, 0, 1, 1, 1]
    bins = stats.reliability(sure, right, 3, mass=True)
    assert [b["n"] for b in bins] == [3, 3, 3]
    backwards = stats.reliability(sure[::-1], right[::-1], 3, mass=True)
    assert [b["frequency"] for b in backwards] == pytest.approx([b["frequency"] for b in bins])
    assert stats.ece(sure, right, 3, mass=True) == pytest.approx((0.7 / 3 + 0.1 / 3 + 1.2 / 3) / 3)


def slow_ece(sure, right, bins):
    total = 0.0
    for i in range(bins):
        inside = [
            j for j, c in enumerate(sure) if i <= c * bins and (c * bins < i + 1 or i == bins - 1)
        ]
        if inside:
            frequency = sum(right[j] for j in inside) / len(inside)
            confidence = sum(sure[j] for j in inside) / len(inside)
            total += len(inside) * abs(frequency - confidence)
    return total / len(sure)


@pytest.mark.parametrize("seed", range(10))
def test_calibration_error_agrees_with_a_slow_reference(seed):
    rng = random.Random(seed)
    sure = [rng.choice((rng.random(), rng.randrange(11) / 10)) for _ in range(60)]
    right = [float(rng.random() < c) for c in sure]
    assert stats.ece(sure, right) == pytest.approx(slow_ece(sure, right, 10))
    bins = stats.reliability(sure, right)
    assert sum(b["n"] for b in bins) == 60
    assert all(b["low"] <= b["frequency"] <= b["high"] for b in bins)


def test_nothing_judged_has_no_calibration():
    assert stats.ece([], []) is None
    assert stats.brier([], []) is None
    assert stats.reliability([], []) == []


@pytest.mark.parametrize("measure", [stats.ece, stats.brier, stats.auroc])
def test_unscored_and_unpaired_values_are_refused(measure):
    with pytest.raises(ValueError, match="not finite"):
        measure([0.5, float("nan")], [1, 0])
    with pytest.raises(ValueError, match="do not pair up"):
        measure([0.5, 0.5], [1])


def test_a_confidence_outside_the_unit_interval_is_refused():
    with pytest.raises(ValueError, match="outside"):
        stats.ece([1.2], [1])


def test_the_bootstrap_interval_of_a_mean_is_close_to_the_normal_one():
    values = np.random.default_rng(0).normal(size=400)
    low, high = stats.bootstrap(values, seed=1)
    half = 1.96 * values.std() / 20
    assert low == pytest.approx(values.mean() - half, abs=0.02)
    assert high == pytest.approx(values.mean() + half, abs=0.02)
    assert stats.bootstrap(values, seed=1) == (low, high)


def test_the_bootstrap_resamples_whole_units():
    pairs = np.array([[1.0, 1.0], [0.0, 0.0]] * 30)
    assert stats.bootstrap(pairs, lambda u: float((u[:, 0] - u[:, 1]).mean()), seed=0) == (0, 0)
    with pytest.raises(ValueError, match="nothing"):
        stats.bootstrap([], seed=0)


def test_pairing_narrows_the_interval_of_a_change():
    rng = np.random.default_rng(3)
    before = (rng.random(300) < 0.5).astype(float)
    after = np.where(rng.random(300) < 0.1, 1.0, before)
    paired = stats.paired_difference(list(before), list(after), seed=0)
    loose = stats.difference(stats.rate(int(before.sum()), 300), stats.rate(int(after.sum()), 300))
    assert paired["difference"] == pytest.approx(loose["difference"])
    assert paired["high"] - paired["low"] < 0.6 * (loose["high"] - loose["low"])
    assert paired["low"] > 0
    assert stats.paired_difference([], [], seed=0)["n"] == 0


def test_the_gap_recovered_is_never_clipped():
    assert stats.gap_recovered(0.70, 0.78, 0.86) == pytest.approx(0.5)
    assert stats.gap_recovered(0.5, 0.4, 0.6) == pytest.approx(-1)
    assert stats.gap_recovered(0.5, 0.8, 0.6) == pytest.approx(3)


def test_the_mean_of_what_is_known_leaves_out_what_is_not():
    assert stats.mean_known([0.2, None, 0.4]) == pytest.approx(0.3)
    assert stats.mean_known([None]) is stats.mean_known([]) is None


def test_there_is_no_gap_where_the_ceiling_is_not_above_the_floor():
    assert stats.gap_recovered(0.6, 0.7, 0.6) is None
    assert stats.gap_recovered(0.6, None, 0.9) is None
