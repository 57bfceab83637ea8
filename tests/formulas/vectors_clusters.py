"""Checks of intervals over clusters of rows; each takes the module it checks."""

import numpy as np
import pytest

from superalign.stats import wilson

approx = pytest.approx


def independent_rows_have_wilsons_interval(m):
    assert m.share([1.0, 0.0, 1.0, 1.0], range(4)) == approx(wilson(3, 4))
    assert m.share([1.0, 1.0, 1.0], range(3)) == approx(wilson(3, 3))
    assert m.share([0.0, 0.0], ["a", "b"]) == approx(wilson(0, 2))
    assert m.share([], []) is None
    with pytest.raises(ValueError, match="zip"):
        m.share([1.0], [])


def rows_of_a_cluster_count_once_where_they_are_alike(m):
    assert m.share([1.0, 1.0, 0.0, 0.0], "aabb") == approx(wilson(1, 2))
    assert m.share([1.0] * 4, "aabb") == approx(wilson(2, 2))
    assert m.share([1.0, 0.0], "aa") == approx(wilson(0.5, 1))
    mixed = m.share([1.0, 0.0, 0.0, 1.0, 1.0, 1.0], "aabbcc")
    assert mixed == approx(wilson(4, 6))
    partly = [1.0] * 4 + [1.0, 0.0] + [0.0] * 3 + [0.0, 1.0]
    variance = (4 * 5 / 11) ** 2 + (1 - 12 / 11) ** 2 * 2 + (3 * 6 / 11) ** 2
    variance *= 4 / 3 / 121
    n = 1 + 6 / 11 * 5 / 11 / variance
    assert n < 11
    assert m.share(partly, "aaaabbcccdd") == approx(wilson(6 / 11 * n, n))


def a_mean_of_shares_has_a_width_at_its_bounds(m):
    assert m.averaged([(1.0, (0.5, 1.0)), (0.0, (0.0, 0.5))]) == approx((0.25, 0.75))
    assert m.averaged([(1.0, (0.4, 1.0)), (1.0, (0.2, 1.0))]) == approx((0.5, 1.0))
    assert m.averaged([(0.4, (0.1, 0.8))]) == approx((0.1, 0.8))
    assert m.averaged([]) is None


def sums_and_counts_by_cluster(m):
    assert m.totals([1.0, 2.0, 4.0], "aba").tolist() == [[5.0, 2.0], [2.0, 1.0]]
    assert m.totals([], []).shape == (0, 2)
    with pytest.raises(ValueError, match="zip"):
        m.totals([1.0], [])


def the_mean_is_over_rows_and_its_interval_over_clusters(m):
    values, alone = [0.0, 1.0] * 50, list(range(100))
    low, high = m.mean(values, alone, seed=1)
    assert 0.38 < low < 0.45
    assert 0.55 < high < 0.62
    assert m.mean([1.0] * 90 + [0.0] * 10, ["a"] * 90 + ["b"] * 10, seed=1) == (0.0, 1.0)
    assert m.mean(alone, alone, seed=2) == m.mean(alone, alone, seed=2)
    assert m.mean(alone, alone, seed=2) != m.mean(alone, alone, seed=3)
    assert m.mean(values, alone, seed=1, n=1) is None
    large = [x for _ in range(20) for x in [0.0] + [1.0] * 9]
    low, high = m.mean(large, [f"{i // 10}{i % 10 > 0}" for i in range(200)], seed=0)
    assert 0.8 < low < 0.9 < high < 0.96


def what_does_not_vary_has_no_interval(m):
    assert m.mean([0.5, 0.25, 0.25], "aaa", seed=0) is None
    assert m.mean([0.1] * 9, "aaabbbbcc", seed=0) is None
    assert m.mean([], [], seed=0) is None
    assert m.ratio([(1, 4), (2, 8)], seed=0) is None
    assert m.ratio([], seed=0) is None
    assert m.ratio([(0, 4), (8, 8)], seed=0) == (0.0, 1.0)
    assert m.ratio([(0, 4), (8, 8)], seed=0, n=1) is None


def every_resample_is_as_many_clusters(m):
    drawn = m.weights(5, seed=0, n=4000)
    assert drawn.shape == (4000, 5)
    assert set(drawn.sum(1)) == {5.0}
    assert drawn.mean(0) == approx(1.0, abs=0.06)
    assert drawn.var(0) == approx(0.8, abs=0.06)
    assert (m.weights(5, seed=0) == drawn[:2000]).all()
    assert (m.weights(5, seed=1) != drawn[:2000]).any()


def mean_of(values):
    kept = np.asarray(values, float)
    return lambda rows: {"mean": float(kept[rows].mean()) if len(rows) else None}


def clusters_are_drawn_whole(m):
    """Rows of a cluster that are all alike are worth one: the interval is that of the clusters."""
    rng = np.random.default_rng(0)
    centres = rng.normal(size=60)
    values, clusters = np.repeat(centres, 50), np.repeat(np.arange(60), 50).tolist()
    found = m.statistics(mean_of(values), clusters, seed=0, n=4000)["mean"]
    half = 1.96 * centres.std() / np.sqrt(60)
    assert [x - centres.mean() for x in found] == [approx(-half, rel=0.1), approx(half, rel=0.1)]
    alone = m.statistics(mean_of(values), range(3000), seed=0, n=200)["mean"]
    assert (alone[1] - alone[0]) / 2 == approx(half / np.sqrt(50), rel=0.2)
    sizes = []
    m.statistics(lambda rows: sizes.append(len(rows)) or {"none": None}, "abb", seed=0, n=50)
    assert (set(sizes[1:]), len(sizes)) == ({2, 3, 4}, 51)


def strata_keep_their_share(m):
    """A class stays in every resample though its clusters are few."""
    labels = np.array([1.0] * 30 + [0.0] * 4)

    def share(rows):
        both = set(labels[rows]) == {0.0, 1.0}
        return {"ends": float(rows.min() + rows.max()), "both": float(rows.sum()) if both else None}

    clusters = [f"e{i // 10}" for i in range(30)] + ["d", "d", "f", "f"]
    found = m.statistics(share, clusters, labels.tolist(), seed=0, n=200)
    assert found["both"] is not None
    assert m.statistics(mean_of(labels), clusters, labels.tolist(), seed=0)["mean"] is None
    free = m.statistics(mean_of(labels), clusters, seed=0)["mean"]
    assert free[0] < 0.8 < 30 / 34 < free[1]
    shared = m.statistics(share, ["e"] * 10 + ["d"] * 24, labels.tolist(), seed=0, n=50)
    assert shared == {"ends": None, "both": None}
    seen = []
    split = [("e", 1), ("d", 1), ("e", 0), ("d", 0)]
    m.statistics(
        lambda rows: seen.append(sorted(rows)) or {"a": None},
        [c for c, _ in split], [s for _, s in split], seed=0, n=50,
    )  # fmt: skip
    assert {tuple(i > 1 for i in rows) for rows in seen} == {(False, False, True, True)}


def a_cluster_alone_in_its_stratum_tells_nothing(m):
    values = mean_of([1.0, 2.0, 3.0])
    assert m.statistics(values, "abc", "xxy", seed=0) == {"mean": None}
    assert m.statistics(values, "aaa", seed=0) == {"mean": None}
    assert m.statistics(values, "abc", "xxx", seed=0)["mean"] is not None


def a_statistic_that_is_seldom_there_has_no_interval(m):
    seen = []

    def seldom(rows):
        seen.append(len(rows))
        return {"a": None if 0 in rows else float(rows.sum()), "b": 2.0, "c": float(rows.sum())}

    found = m.statistics(seldom, range(4), seed=0, n=100)
    assert (found["a"], found["b"]) == (None, None)
    assert found["c"] is not None
    assert (set(seen), len(seen)) == ({4}, 101)
    assert m.statistics(mean_of([]), [], seed=0) == {"mean": None}
    assert m.statistics(mean_of([1.0, 2.0]), "ab", seed=0, n=1) == {"mean": None}
    with pytest.raises(ValueError, match="zip"):
        m.statistics(mean_of([1]), [1], [], seed=0)


def tables_are_drawn_both_ways(m):
    """Rows alike within a column: the interval is that of the columns; and the other way round."""
    rng = np.random.default_rng(1)
    effects = rng.normal(size=12)
    table = np.tile(effects, (300, 1))
    for found in (m.crossed(table, seed=0), m.crossed(table.T, seed=0)):
        assert (found[1] - found[0]) / 2 == approx(1.96 * effects.std() / np.sqrt(12), rel=0.12)
    wide, narrow = (m.crossed(table, seed=0, level=x) for x in (0.99, 0.5))
    assert wide[0] < narrow[0] < narrow[1] < wide[1]
    gaps = np.where(rng.random(table.shape) < 0.5, np.nan, table)
    low, high = m.crossed(gaps, seed=0)
    assert (high - low) / 2 == approx(1.96 * effects.std() / np.sqrt(12), rel=0.15)
    table[:, 1:] = np.nan
    assert m.crossed(table, seed=0) != m.crossed(np.zeros((300, 1)), seed=0)


def a_constant_is_as_sure_as_its_rows_are_many(m):
    """No difference in n problems bounds the share of differing ones by 1 - .025^(1/n)."""
    for n in (3, 60):
        half = 1 - 0.025 ** (1 / n)
        found = m.crossed(np.full((n, 5), 0.25), seed=0)
        assert found == (approx(0.25 - half), approx(0.25 + half))
    gap = np.full((4, 2), np.nan)
    gap[1] = 1.0
    assert m.crossed(gap, seed=0)[0] == approx(0.025)
    assert m.crossed([[np.nan]], seed=0) is None
    rounded = np.array([[0.8 - 0.6], [0.5 - 0.3], [0.9 - 0.7]])
    assert np.ptp(rounded) > 0
    assert m.crossed(rounded, seed=0)[1] == approx(0.2 + 1 - 0.025 ** (1 / 3))
    assert m.crossed([[0.01, 0.02, 0.0]], seed=0) is None, "one row says nothing of others"
    assert m.crossed([[0.01, 0.02], [0.01, 0.02]], seed=0) is not None
    with pytest.raises(ValueError, match="no table"):
        m.crossed([1.0, 2.0], seed=0)


CHECKS = {
    "superalign.measures.clusters": [
        independent_rows_have_wilsons_interval,
        rows_of_a_cluster_count_once_where_they_are_alike,
        a_mean_of_shares_has_a_width_at_its_bounds,
        sums_and_counts_by_cluster,
        the_mean_is_over_rows_and_its_interval_over_clusters,
        what_does_not_vary_has_no_interval,
        every_resample_is_as_many_clusters,
        clusters_are_drawn_whole,
        strata_keep_their_share,
        a_cluster_alone_in_its_stratum_tells_nothing,
        a_statistic_that_is_seldom_there_has_no_interval,
        tables_are_drawn_both_ways,
        a_constant_is_as_sure_as_its_rows_are_many,
    ]
}
