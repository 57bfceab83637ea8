"""Checks of `superalign.credit`; each takes the module, so that a faulty copy can be checked."""

import random

import pytest

from plays import at_level, judged, said
from superalign.attackers.protocol import marked
from superalign.measures.advantages import dr_grpo
from superalign.records import Outcome

ONE, TWO = at_level(1), at_level(2)


def texts(examples):
    return [e.move.reply.text for e in examples]


def only_what_the_critic_passed(m):
    episodes = [judged(ONE, "a"), judged(ONE, "b", False), judged(ONE, "c", Outcome.UNSCORED)]
    episodes += [judged(ONE, "d", critic="another"), said(ONE, "e"), judged(TWO, "f")]
    found = m.accepted(episodes, "c")
    assert [(e.problem, *texts([e]), e.weight) for e in found] == [
        (ONE.id, "a", 1.0),
        (TWO.id, "f", 1.0),
    ]


def repeats_count_once_and_no_problem_crowds(m):
    episodes = [judged(p, t, seed=s) for s in (0, 1) for p in (ONE, TWO) for t in "abc"]
    found = m.distinct(m.accepted(episodes, "c"))
    assert [(e.problem, *texts([e])) for e in found] == [
        (p.id, t) for p in (ONE, TWO) for t in "abc"
    ]
    assert texts(m.at_most(found, 2)) == ["a", "b", "a", "b"]


def replay_is_a_choice_by_seed(m):
    examples = m.accepted([judged(ONE, str(i)) for i in range(40)], "c")
    found = m.replayed(examples, 10, seed=1)
    assert texts(found) == texts(m.replayed(examples[::-1], 10, seed=1))
    assert len(set(texts(found))) == 10
    assert set(texts(found)) != set(texts(m.replayed(examples, 10, seed=2)))


def what_is_held_out_is_refused(m):
    closed = judged(marked(ONE), "a")
    assert m.trainable([judged(ONE, "a")]) == [judged(ONE, "a")]
    with pytest.raises(ValueError, match="held out"):
        m.trainable([judged(ONE, "a"), closed])


def pairs_are_replayed_whole(m):
    episodes = [judged(p, t, confidence=c) for p in (ONE, TWO) for t, c in (("a", 1.0), ("b", 0.0))]
    examples = m.ranked(episodes, "c", gap=0.5)
    kept = [m.problems_replayed(examples, 1, seed=s) for s in range(20)]
    assert {len({e.problem for e in x}) for x in kept} == {1}
    assert {len(x) for x in kept} == {2}
    assert {x[0].problem for x in kept} == {ONE.id, TWO.id}
    assert m.problems_replayed(examples, 5, seed=0) == examples


def pairs_of(m, names, clusters="a"):
    """Return a pair a name, and the cluster of each problem, in turn."""
    found, where = [], {}
    for i, name in enumerate(names):
        problem = at_level(1, name)
        both = [judged(problem, t, confidence=c) for t, c in (("a", 1.0), ("b", 0.0))]
        found += m.ranked(both, "c", gap=0.5)
        where[problem.id] = clusters[i % len(clusters)]
    return found, where


def no_cluster_crowds(m):
    found, where = pairs_of(m, [f"p{i}" for i in range(24)], "aab")
    kept = m.spread(found, 3, where, seed=1)
    assert len(kept) == 12
    assert [e for e in found if e in kept] == kept
    assert sorted(where[e.problem] for e in kept) == ["a"] * 6 + ["b"] * 6
    assert kept == m.spread(found, 3, where, seed=1) != m.spread(found, 3, where, seed=2)
    backwards = m.spread(found[::-1], 3, where, seed=1)
    assert {e.problem for e in backwards} == {e.problem for e in kept}
    assert m.spread(found, 99, where, seed=1) == found


def a_lesson_is_mixed_by_its_shares(m):
    shares = {"new": 0.40, "benign": 0.25, "anchor": 0.15, "replay": 0.20}
    parts = {k: pairs_of(m, [f"{k} {i}" for i in range(40)])[0] for k in shares}
    counts = {k: len(v) // 2 for k, v in m.mixed(parts, shares, seed=1).items()}
    assert counts == {"new": 40, "benign": 25, "anchor": 15, "replay": 20}
    few = m.mixed(
        {**parts, "new": parts["new"][:16], "anchor": parts["anchor"][:2]}, shares, seed=1
    )
    assert {k: len(v) // 2 for k, v in few.items()} == {
        "new": 8, "benign": 5, "anchor": 1, "replay": 4
    }  # fmt: skip
    assert all({e.problem for e in v[::2]} == {e.problem for e in v[1::2]} for v in few.values())
    none = m.mixed({**parts, "new": []}, shares, seed=1)
    assert {k: len(v) // 2 for k, v in none.items()} == {
        "new": 0, "benign": 40, "anchor": 24, "replay": 32
    }  # fmt: skip
    assert m.mixed({k: [] for k in shares}, shares, seed=1) == {k: [] for k in shares}
    other = m.mixed(parts, shares, seed=2)
    assert other["new"] == parts["new"]
    assert other["benign"] != m.mixed(parts, shares, seed=1)["benign"]


def decided_pairs_are_right_before_wrong(m):
    both = [judged(ONE, "a", confidence=1.0), judged(ONE, "b", confidence=0.6)]
    assert len(m.ranked(both, "c", gap=0.1)) == 2
    assert m.ranked(both, "c", gap=0.1, decided=True) == []
    same = [judged(ONE, "a", confidence=1.0), judged(ONE, "a", Outcome.FAIL, confidence=0.0)]
    assert m.ranked(same, "c", gap=0.1) == []


def pairs_are_best_against_worst(m):
    episodes = [judged(ONE, str(i), confidence=i / 10) for i in range(5)]
    episodes = random.Random(0).sample([*episodes, judged(ONE, "x", Outcome.UNSCORED)], 6)
    found = m.ranked(episodes, "c", gap=0.25, n=9)
    assert [(*texts([e]), e.weight) for e in found] == [("4", 1.0), ("0", -1.0)]
    assert texts(m.ranked(episodes, "c", gap=0.15, n=9)) == ["4", "0", "3", "1"]
    assert texts(m.ranked(episodes, "c", gap=0.15)) == ["4", "0"]


def doubt_is_by_problem_and_none_drops(m):
    examples = m.accepted([judged(ONE, "a"), judged(TWO, "b")], "c")
    found = m.doubted(examples, {ONE.id: 0.2, TWO.id: None})
    assert [(*texts([e]), e.flipped) for e in found] == [("a", 0.2)]
    assert [e.flipped for e in m.doubted(examples, {ONE.id: 0.0, TWO.id: 0.1})] == [0.0, 0.1]
    weights = [e.weight for e in m.doubted(examples, {ONE.id: 0.0, TWO.id: 0.1})]
    assert weights == pytest.approx([1.0, 0.8])


def advantages_are_within_a_problem(m):
    episodes = [judged(p, t, confidence=c) for p, t, c in [(ONE, "a", 1.0), (TWO, "b", 0.2)]]
    episodes += [judged(ONE, "c", confidence=0.0), judged(TWO, "d", confidence=0.2)]
    episodes += [judged(ONE, "e", Outcome.UNSCORED), said(ONE, "f")]
    found = m.advantaged(episodes, "c", dr_grpo)
    assert {(*texts([e]), e.weight, e.problem) for e in found} == {
        ("a", 0.5, ONE.id),
        ("c", -0.5, ONE.id),
    }


CHECKS = {
    "superalign.credit": [
        only_what_the_critic_passed,
        repeats_count_once_and_no_problem_crowds,
        replay_is_a_choice_by_seed,
        pairs_are_best_against_worst,
        what_is_held_out_is_refused,
        pairs_are_replayed_whole,
        no_cluster_crowds,
        a_lesson_is_mixed_by_its_shares,
        decided_pairs_are_right_before_wrong,
        doubt_is_by_problem_and_none_drops,
        advantages_are_within_a_problem,
    ]
}
