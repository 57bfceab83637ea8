import random

from plays import at_level, judged, said
from superalign import credit
from superalign.records import Outcome

ONE, TWO = at_level(1), at_level(2)


def texts(examples):
    return [(e.problem, e.move.reply.text) for e in examples]


def test_only_what_the_named_critic_passed_gets_credit():
    episodes = [
        judged(ONE, "a", True),
        judged(ONE, "b", False),
        judged(ONE, "c", Outcome.UNSCORED),
        judged(ONE, "d", True, critic="another"),
        said(ONE, "e"),
        judged(TWO, "f", True),
    ]
    found = credit.accepted(episodes, "c")
    assert texts(found) == [(ONE.id, "a"), (TWO.id, "f")]
    assert {e.weight for e in found} == {1.0}


def test_repeats_of_a_reply_to_the_same_problem_count_once():
    episodes = [
        judged(p, t, seed=i) for i, (p, t) in enumerate([(ONE, "a"), (TWO, "a"), (ONE, "a")])
    ]
    assert texts(credit.distinct(credit.accepted(episodes, "c"))) == [(ONE.id, "a"), (TWO.id, "a")]


def test_no_problem_crowds_out_the_others():
    episodes = [judged(p, t) for t in "abc" for p in (ONE, TWO)] + [judged(at_level(3), "z")]
    found = texts(credit.at_most(credit.accepted(episodes, "c"), 2))
    assert sorted(found) == sorted(
        [(ONE.id, "a"), (ONE.id, "b"), (TWO.id, "a"), (TWO.id, "b"), (at_level(3).id, "z")]
    )
    assert credit.at_most(credit.accepted(episodes, "c"), 0) == []


def test_replay_is_a_choice_by_seed_whatever_the_order():
    examples = credit.accepted([judged(ONE, str(i)) for i in range(40)], "c")
    found = credit.replayed(examples, 10, seed=1)
    mixed = random.Random(0).sample(examples, 40)
    assert found == credit.replayed(mixed, 10, seed=1)
    assert set(texts(found)) != set(texts(credit.replayed(examples, 10, seed=2)))
    assert len(set(texts(found))) == 10
    assert len(credit.replayed(examples, 99, seed=1)) == 40


def test_pairs_are_best_against_worst_and_share_what_was_seen():
    confidences = {"a": 0.2, "b": 0.9, "c": 0.5, "d": 0.6}
    episodes = [judged(ONE, t, confidence=p) for t, p in confidences.items()]
    episodes += [judged(TWO, "e", confidence=0.1), judged(TWO, "f", confidence=0.8)]
    found = credit.ranked(random.Random(1).sample(episodes, 6), "c", gap=0.05, n=2)
    pairs = list(zip(found[::2], found[1::2], strict=True))
    said_pairs = {(w.move.reply.text, x.move.reply.text) for w, x in pairs}
    assert said_pairs == {("b", "a"), ("d", "c"), ("f", "e")}
    for chosen, rejected in pairs:
        assert (chosen.weight, rejected.weight) == (1.0, -1.0)
        assert chosen.move.seen == rejected.move.seen
        assert chosen.problem == rejected.problem


def test_a_pair_needs_more_than_the_gap_and_two_scores():
    close = [judged(ONE, "a", confidence=0.25), judged(ONE, "b", confidence=0.5)]
    assert credit.ranked(close, "c", gap=0.25) == []
    assert len(credit.ranked(close, "c", gap=0.24)) == 2
    unscored = judged(ONE, "z", Outcome.UNSCORED)
    assert credit.ranked([close[0], unscored, said(ONE, "y")], "c", gap=0.0) == []
    assert credit.ranked(close, "another", gap=0.0) == []


def test_no_pair_is_said_twice_or_the_wrong_way_round():
    episodes = [judged(ONE, str(i), confidence=i / 10) for i in range(5)]
    found = credit.ranked(episodes, "c", gap=0.0, n=99)
    assert [e.move.reply.text for e in found] == ["4", "0", "3", "1"]


def test_a_reply_is_no_pair_with_itself():
    twice = [judged(ONE, "a", confidence=0.9), judged(ONE, "a", confidence=0.1, seed=1)]
    assert credit.ranked(twice, "c", gap=0.0) == []


def test_decided_pairs_are_a_passed_reply_before_a_failed_one():
    outcomes = {"a": (True, 1.0), "b": (True, 0.8), "c": (False, 0.2), "d": (False, 0.0)}
    four = [judged(ONE, t, ok, p) for t, (ok, p) in outcomes.items()]
    pairs = credit.ranked(four, "c", gap=0.05, n=2, decided=True)
    assert [e.move.reply.text for e in pairs] == ["a", "d", "b", "c"]
    for alike in (four[:2], four[2:]):
        assert len(credit.ranked(alike, "c", gap=0.05)) == 2
        assert credit.ranked(alike, "c", gap=0.05, decided=True) == []


def test_replayed_problems_keep_all_their_examples_whatever_the_order():
    problems = [at_level(i) for i in range(20)]
    found = [
        credit.ranked(
            [judged(p, "a", confidence=0.9), judged(p, "b", confidence=0.1)], "c", gap=0.0
        )
        for p in problems
    ]
    examples = [e for pair in found for e in pair]
    kept = credit.problems_replayed(examples, 5, seed=1)
    assert len(kept) == 10
    assert [e.weight for e in kept] == [1.0, -1.0] * 5
    assert [e.problem for e in kept[::2]] == [e.problem for e in kept[1::2]]
    mixed = random.Random(0).sample(examples, 40)
    assert {e.problem for e in credit.problems_replayed(mixed, 5, seed=1)} == {
        e.problem for e in kept
    }
    assert texts(credit.problems_replayed(examples, 5, seed=2)) != texts(kept)
    assert credit.problems_replayed(examples, 99, seed=1) == examples
    assert credit.problems_replayed(examples, 0, seed=1) == []
