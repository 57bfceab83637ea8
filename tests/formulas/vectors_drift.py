"""Checks of `superalign.measures.drift`; each takes the module it checks."""

import math

import numpy as np
import pytest
from scipy.spatial.distance import jensenshannon

approx = pytest.approx


def histograms_that_moved_are_seen(m):
    assert m.histogram([0.0, 0.05, 0.1, 1.0]) == [2, 1, 0, 0, 0, 0, 0, 0, 0, 1]
    assert m.histogram([0.3], 2) == [1, 0]
    for odd in (1.2, float("nan")):
        with pytest.raises(ValueError, match="outside"):
            m.histogram([odd])
    p, q = np.array([10.5, 30.5]) / 41, np.array([30.5, 10.5]) / 41
    want = float(((q - p) * np.log(q / p)).sum())
    assert m.stability_index([10, 30], [30, 10]) == approx(want)
    assert m.stability_index([10, 30], [10, 30]) == 0.0
    assert m.stability_index([0, 0], [1, 2]) is None
    assert m.jensen_shannon([1, 0], [0, 1]) == approx(1.0)
    assert m.jensen_shannon([1, 3], [10, 30]) == approx(0.0, abs=1e-7)
    middle, js = np.array([0.75, 0.25]), 0.0
    for one in ([1.0, 0.0], [0.5, 0.5]):
        js += 0.5 * sum(x * math.log2(x / y) for x, y in zip(one, middle, strict=True) if x)
    assert m.jensen_shannon([1, 0], [5, 5]) == approx(math.sqrt(js))
    assert m.jensen_shannon([1, 2], [0, 0]) is None
    for p, q, found in (
        ((1, 0), (1, 0), 0.0),
        ((0.5, 0.5), (1, 0), math.sqrt(1.5 - 0.75 * math.log2(3))),
        ((0.1, 0.2, 0.7), (0.3, 0.3, 0.4), jensenshannon((0.1, 0.2, 0.7), (0.3, 0.3, 0.4), base=2)),
    ):
        assert m.jensen_shannon(p, q) == approx(found, abs=1e-9)
        assert m.jensen_shannon(q, p) == approx(found, abs=1e-9)
    with pytest.raises(ValueError, match="compared"):
        m.jensen_shannon([1], [0.5, 0.5])


def means_have_a_slope_over_rounds(m):
    """Items that gain 1, 2 and 3 a round, and one that was not scored once: 2 a round."""
    series = np.outer(np.arange(4.0), [1, 2, 3, 9])
    series[2, 3] = float("nan")
    found = m.slope(series, seed=0)
    assert (found.value, found.n) == (approx(2.0), 3)
    assert 1 <= found.low <= 2 <= found.high <= 3
    bent = [[0.0, 0.0], [3.0, 3.0], [3.0, 3.0]]
    assert m.slope(bent, seed=0).value == approx(1.5)
    assert m.slope([[1.0, 2.0]], seed=0) is None
    assert m.slope([[float("nan")], [1.0]], seed=0) is None
    assert m.slope([1.0, 2.0], seed=0) is None


def a_shift_is_in_standard_errors_and_deviations(m):
    """Changes 1, 2, 3: mean 2, sd 1, standard error 1/sqrt 3; before 0, 2, 4 has sd 2."""
    found = m.shift([0.0, 2.0, 4.0], [1.0, 4.0, 7.0])
    assert found == (approx(2 * math.sqrt(3)), approx(1.0), 3)
    assert m.shift([1.0, 4.0, 7.0], [0.0, 2.0, 4.0]).z == approx(-2 * math.sqrt(3))
    assert m.shift([1.0, 2.0], [1.0, 2.0]) == (0, 0, 2)
    assert m.shift([1.0, 1.0], [0.0, 0.0]) == (-math.inf, -math.inf, 2)
    assert m.shift([1.0], [2.0]) is None


def cumulated_sums_cross_their_limit(m):
    series = [0.0, 0.0, 1.0, 1.0, 1.0, 1.0]
    # From the third on S rises by 1 - .25 each: .75, 1.5, 2.25.
    assert m.cusum(series, target=0.0, slack=0.25, limit=1.8) == (4, None)
    assert m.cusum([-x for x in series], target=0.0, slack=0.25, limit=2.0) == (None, 4)
    assert m.cusum(series, target=1.0, slack=0.25, limit=1.4) == (None, 1)
    assert m.cusum([5.0, -9.0, 0.9], target=0.0, slack=0.0, limit=6.0) == (None, 1)


def a_series_splits_where_its_level_changes(m):
    series = [0.1, 0.0, 0.1, 0.0, 0.1, 0.9, 1.0, 0.9, 1.0]
    found = m.change_point(series, seed=0)
    assert (found.at, found.change) == (5, approx(0.95 - 0.06))
    assert found.low < found.change < found.high < 1.0
    assert found.p < 0.05
    flat = m.change_point([0.3, 0.5, 0.4, 0.5, 0.3, 0.4], seed=0)
    assert flat.p > 0.2
    assert m.change_point([0.0, 1.0, 2.0], seed=0) is None
    assert m.change_point([0.0, 5.0, 5.0, 5.0, 5.0], seed=0).at == 2
    assert m.change_point([0.1, 0.0, 1.0, 0.1, 1.0, 1.2, 1.0, 1.2], seed=0).at == 4


CHECKS = {
    "superalign.measures.drift": [
        histograms_that_moved_are_seen,
        means_have_a_slope_over_rounds,
        a_shift_is_in_standard_errors_and_deviations,
        cumulated_sums_cross_their_limit,
        a_series_splits_where_its_level_changes,
    ],
}
