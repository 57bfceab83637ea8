"""Checks of voting and of accuracy over N; each takes the module it checks."""

import math
from fractions import Fraction
from itertools import combinations, permutations

import numpy as np
import pytest

from superalign.measures.voting import RULES, Pool

approx = pytest.approx


def slow_pick(rule, groups, scores, texts=None):
    """One problem, read top to bottom."""
    texts = range(len(groups)) if texts is None else texts
    if rule == "best":
        return max(range(len(scores)), key=lambda i: (scores[i], -i))
    sums = {}
    for group, score in zip(groups, scores, strict=True):
        if group >= 0:
            sums[group] = sums.get(group, 0) + (1 if rule == "majority" else score)
    if not sums:
        return -1
    winner = max(sums, key=sums.get)  # the first of equals: a dictionary keeps its order
    behind = {}
    for group, score, text in zip(groups, scores, texts, strict=True):
        if group == winner:
            behind[text] = behind.get(text, 0) + (1 if rule == "majority" else score)
    text = max(behind, key=behind.get)
    return next(i for i, g in enumerate(groups) if g == winner and texts[i] == text)


def slow_hit(rule, groups, scores, truth, texts=None):
    pick = slow_pick(rule, groups, scores, texts)
    return pick >= 0 and groups[pick] >= 0 and bool(truth[pick])


def pools(seed, problems=60, n=9):
    """Few scores and few answers, so that ties, no answer and equal answers are everywhere."""
    rng = np.random.default_rng(seed)
    groups = rng.integers(-1, rng.integers(1, 5, (problems, 1)), (problems, n))
    scores = rng.integers(0, 5, (problems, n)) / 4
    return groups, scores, rng.random((problems, n)) < 0.5


def picks_equal_those_of_a_slow_reader(m):
    for seed in range(20):
        groups, scores, truth = pools(seed)
        pool = m.Pool(groups, scores)
        for rule in RULES:
            rows = list(zip(groups, scores, truth, strict=True))
            expected = [slow_pick(rule, g, s) for g, s, _ in rows]
            assert pool.picks(rule).tolist() == expected
            assert pool.hits(rule, truth).tolist() == [slow_hit(rule, *row) for row in rows]


def equal_texts_stand_for_an_answer_together(m):
    for seed in range(20):
        groups, scores, _ = pools(seed)
        rng = np.random.default_rng(seed)
        texts = (groups + 1) * 2 + rng.integers(0, 2, groups.shape)
        kept = np.arange(8, -1, -1)[None].repeat(len(groups), 0)
        for pool in (m.Pool(groups, scores, texts), m.Pool(groups, scores, texts).taken(kept)):
            for part in (pool, pool.first(5)):
                for rule in RULES:
                    rows = zip(part.groups, part.scores, part.texts, strict=True)
                    expected = [slow_pick(rule, *row) for row in rows]
                    assert part.picks(rule).tolist() == expected
    with pytest.raises(ValueError, match="same"):
        m.Pool(groups, scores, texts[:, 1:])


def no_answer_never_votes_and_is_never_right(m):
    pool = m.Pool(
        np.array([[-1, -1, -1, 3], [-1, -1, -1, -1]]), np.array([[9.0, 9, 9, 0], [1] * 4])
    )
    everything = np.ones((2, 4), dtype=bool)
    assert pool.picks("majority").tolist() == [3, -1]
    assert pool.picks("weighted").tolist() == [3, -1]
    assert pool.picks("best").tolist() == [0, 0]
    assert pool.hits("majority", everything).tolist() == [True, False]
    assert pool.hits("best", everything).tolist() == [False, False]


def ties_go_to_the_answer_that_came_first(m):
    pool = m.Pool(np.array([[5, 2, 2, 5]]), np.array([[0.25, 0.5, 0.25, 0.5]]))
    assert [int(pool.picks(rule)[0]) for rule in RULES] == [0, 3, 1]
    assert pool.taken(np.array([[2, 1, 0, 3]])).picks("majority").tolist() == [0]
    swapped = pool.taken(np.array([[3, 1, 0, 2]]))
    assert swapped.groups.tolist() == [[5, 2, 5, 2]]
    assert swapped.scores.tolist() == [[0.5, 0.5, 0.25, 0.25]]
    assert pool.first(3).picks("weighted").tolist() == [1]


def small_integers_do_not_overflow(m):
    groups = np.array([[126, 127, 127, -1]] * 3, dtype=np.int8)
    assert m.Pool(groups, np.zeros((3, 4))).picks("majority").tolist() == [1, 1, 1]


def what_is_no_pool_is_refused(m):
    ok = np.zeros((2, 3), dtype=int)
    for groups, scores, why in (
        (ok, np.zeros((2, 2)), "shapes"),
        (ok[0], np.zeros(3), "shapes"),
        (ok, np.full((2, 3), math.nan), "finite"),
        (ok[:, :0], np.zeros((2, 0)), "samples"),
    ):
        with pytest.raises(ValueError, match=why):
            m.Pool(groups, scores)
    with pytest.raises(ValueError, match="negative"):
        m.Pool(ok, np.full((2, 3), -0.1)).picks("weighted")
    for rule in ("best", "majority"):
        assert m.Pool(ok, np.full((2, 3), -0.1)).picks(rule).tolist() == [0, 0]
    assert m.Pool(ok[:0], np.zeros((0, 3))).picks("weighted").tolist() == []


def over_subsets(rule, groups, scores, truth, n):
    """Exact: every ordered subset of n samples, each as likely."""
    found = [
        slow_hit(rule, *(np.array(a)[list(p)] for a in (groups, scores, truth)))
        for p in permutations(range(len(groups)), n)
    ]
    return sum(found) / len(found)


def best_of_n_is_the_mean_over_all_subsets(m):
    groups, scores, truth = pools(0, problems=12, n=5)
    found = m.chances(Pool(groups, scores), "best", truth, range(1, 6), seed=0, subsets=0)
    rows = list(zip(groups, scores, truth, strict=True))
    expected = [[over_subsets("best", *row, n) for n in range(1, 6)] for row in rows]
    assert found == approx(np.array(expected))


def votes_are_near_the_mean_over_all_subsets(m):
    groups, scores, truth = pools(1, problems=8, n=5)
    for rule in ("majority", "weighted"):
        found = m.chances(Pool(groups, scores), rule, truth, [1, 2, 4, 5], seed=3, subsets=500)
        rows = list(zip(groups, scores, truth, strict=True))
        expected = [[over_subsets(rule, *row, n) for n in (1, 2, 4, 5)] for row in rows]
        assert found == approx(np.array(expected), abs=4 * 0.5 / math.sqrt(500))
        assert 0 < found.min(where=found > 0, initial=1) < found.max()


def the_seed_makes_the_subsets(m):
    groups, scores, truth = pools(2)
    pool = Pool(groups, scores)
    one, again, other = (m.chances(pool, "majority", truth, [4], seed=s) for s in (0, 0, 1))
    assert (one == again).all()
    assert (one != other).any()
    together = m.chances(pool, "majority", truth, [2, 4, 8], seed=0)
    assert (together[:, 1:2] == one).all()
    for rule in RULES:
        with pytest.raises(ValueError, match="shapes"):
            m.chances(pool, rule, truth[:1], [1], seed=0)
    for among in ([0], [10]):
        for rule in RULES:
            with pytest.raises(ValueError, match="subsets"):
                m.chances(pool, rule, truth, among, seed=0)
        with pytest.raises(ValueError, match="subsets"):
            m.pass_at(truth, among)


def pass_at_k_is_the_share_of_subsets_with_a_true_sample(m):
    truth = np.array([[0, 0, 0, 0, 0], [1, 0, 0, 0, 0], [1, 0, 1, 0, 0], [1] * 5], dtype=bool)
    expected = [
        [
            float(np.mean([any(row[list(c)]) for c in combinations(range(5), k)]))
            for k in range(1, 6)
        ]
        for row in truth
    ]
    assert m.pass_at(truth, range(1, 6)) == approx(np.array(expected))
    large = np.arange(1024)[None] < 3
    chance = 1 - Fraction(math.comb(1021, 256), math.comb(1024, 256))
    assert m.pass_at(large, [256])[0, 0] == approx(float(chance))


def a_curve_has_intervals_over_problems(m):
    found = np.array([[0.5, 1.0], [0.25, 1.0], [0.0, 0.0], [1.0, 1.0]] * 25)
    first, second = m.curve(found, [1, 4], seed=0)
    assert (first["size"], second["size"], first["n"]) == (1, 4, 100)
    assert first["rate"] == approx(0.4375)
    assert second["rate"] == approx(0.75)
    assert first["spread"] == approx(math.sqrt(25 * 0.25 + 25 * 0.1875) / 100)
    assert second["spread"] == 0.0
    half = 1.96 * found[:, 0].std() / 10
    assert first["low"] == approx(0.4375 - half, abs=0.01)
    assert first["high"] == approx(0.4375 + half, abs=0.01)
    (nothing,) = m.curve(np.zeros((0, 1)), [1], seed=0)
    assert (nothing["rate"], nothing["n"], nothing["spread"]) == (None, 0, None)


def sizes_double_up_to_the_last(m):
    assert [m.sizes(n) for n in (1, 2, 5, 8)] == [[1], [1, 2], [1, 2, 4, 5], [1, 2, 4, 8]]


CHECKS = {
    "superalign.measures.voting": [
        picks_equal_those_of_a_slow_reader,
        equal_texts_stand_for_an_answer_together,
        no_answer_never_votes_and_is_never_right,
        small_integers_do_not_overflow,
        ties_go_to_the_answer_that_came_first,
        what_is_no_pool_is_refused,
    ],
    "superalign.measures.subsets": [
        best_of_n_is_the_mean_over_all_subsets,
        votes_are_near_the_mean_over_all_subsets,
        the_seed_makes_the_subsets,
        pass_at_k_is_the_share_of_subsets_with_a_true_sample,
        a_curve_has_intervals_over_problems,
        sizes_double_up_to_the_last,
    ],
}
