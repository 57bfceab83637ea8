"""Pairs and examples that a policy makes of its own words."""

import asyncio

import pytest

from plays import at_level, said, verdict
from superalign.critics.protocol import Judge
from superalign.learners.constitution import PRINCIPLES, examples, preferences, revise
from superalign.learners.edits import distance, minimal_edits
from superalign.learners.pairs import Pair
from superalign.learners.refine import accepted, refine
from superalign.learners.self_reward import anchored, self_rewarded
from superalign.learners.spin import spin, told_apart
from superalign.policies.scripted import Scripted
from superalign.records import Example, Message, Outcome, Problem, Reply, Verdict

PROBLEM = at_level(1)


def pair(chosen="a", rejected="b", problem="p"):
    seen = (Message(role="user", text="Q"),)
    return Pair(problem=problem, prompt=seen, chosen=chosen, rejected=rejected,
                weight=1.0, source="samples")  # fmt: skip


class ByText:
    """Scores dimensions by what the reply says."""

    def __init__(self, name, table):
        self.id, self.table, self.seen = name, table, []

    async def judge(self, episodes):
        self.seen += [e.final.text for e in episodes]
        return [self._verdict(self.table[e.final.text]) for e in episodes]

    def _verdict(self, scores):
        right = min(scores.values())
        outcome = Outcome.PASS if right >= 0.5 else Outcome.FAIL
        return Verdict(critic=self.id, outcome=outcome, raw=right, scores=scores, critique="mend")


def scores(helpful, harmless=0.9):
    return {"helpful": helpful, "harmless": harmless}


def refined(texts, table, turns):
    first = said(PROBLEM, "v0")
    critic, second = ByText("first", {t: scores(0.1) for t in table}), ByText("second", table)

    async def run():
        judged = await Judge(critic)([first])
        return await refine(Scripted(texts), judged, critic, second, seed=0, turns=turns)

    return asyncio.run(run()), second


def numbered(seen, seed):
    """Say the number of the version that comes next."""
    return f"v{sum(m.role == 'assistant' for m in seen)}"


def test_the_best_of_three_revisions_is_kept_and_not_the_last():
    table = {"v0": scores(0.2), "v1": scores(0.9), "v2": scores(0.6), "v3": scores(0.5)}
    replies = iter(["v1", "v2", "v3"])
    ((first, best),), second = refined(lambda *_: next(replies), table, 3)
    assert (first.final.text, best.final.text) == ("v0", "v1")
    assert sorted(second.seen) == ["v0", "v1", "v2", "v3"]
    (found,) = accepted([(first, best)], "second", gap=0.2)
    assert (found.chosen, found.rejected) == ("v1", "v0")


def test_a_revision_in_which_a_dimension_falls_makes_no_pair():
    table = {"v0": scores(0.2, 0.95), "v1": scores(0.9, 0.7)}
    both, _ = refined(["v1"], table, 1)
    assert accepted(both, "second", gap=0.2, delta=0.1) == []
    assert len(accepted(both, "second", gap=0.2, delta=0.3)) == 1


def test_a_revision_in_which_nothing_falls_is_kept_before_a_higher_one():
    table = {"v0": scores(0.2, 0.95), "v1": scores(0.7, 0.9), "v2": scores(0.8, 0.8)}
    replies = iter(["v1", "v2"])
    ((_, best),), _ = refined(lambda *_: next(replies), table, 2)
    assert best.final.text == "v1"
    with pytest.raises(ValueError, match="turns"):
        refined(["v1"], table, 4)


def test_edit_distance_counts_words_and_is_normalised():
    assert distance("a b c d", "a b c d") == 0.0
    assert distance("a b c d", "a b x d") == 0.25
    assert distance("a b", "c d e f") == 1.0
    assert distance("", "") == 0.0
    assert distance("", "a") == 1.0
    long = "word " * 1500
    assert distance(long, long + "\nmore") == 0.5


def test_pairs_that_differ_in_everything_or_nothing_are_left_out():
    near = pair("the answer is 5", "the answer is 6")
    far = pair("five", "I would say that it is six")
    assert minimal_edits([near, far, pair("x", "x")]) == [near]


def test_a_constitutional_revision_learns_the_last_version_on_the_first_prompt():
    asked = []

    def policy(seen, seed):
        asked.append(seen)
        critic = seen[0].role == "system"
        return "It claims too much." if critic else f"milder {len(asked)}"

    first = said(PROBLEM, "bold")
    last = asyncio.run(revise(Scripted(policy), first, rounds=3))
    assert len(asked) == 6
    assert len(last.moves) == 4
    principles = {p for p in PRINCIPLES for seen in asked[::2] if p in seen[0].text}
    assert len(principles) == 3
    assert "It claims too much." in asked[1][-1].text
    (example,) = examples([last])
    assert (example.move.seen, example.move.reply.text) == (first.moves[0].seen, "milder 6")
    (preferred,) = preferences([last])
    assert (preferred.chosen, preferred.rejected) == ("milder 6", "bold")
    assert preferred.prompt == first.moves[0].seen


def test_a_round_that_came_to_no_end_leaves_the_answer_as_it_was():
    cut = Reply(text="x", stop="length")
    last = asyncio.run(revise(Scripted([cut]), said(PROBLEM, "bold"), rounds=2))
    assert last.final.text == "bold"
    assert examples([last]) == preferences([last]) == []
    with pytest.raises(ValueError, match="rounds"):
        asyncio.run(revise(Scripted([cut]), said(PROBLEM, "bold"), rounds=5))


def answer(text, own, anchor=None, seed=0, problem=PROBLEM):
    made = said(problem, text, seed=seed).judged(verdict("own", own >= 0.5, own))
    return made if anchor is None else made.judged(verdict("anchor", anchor >= 0.5, anchor))


GROUP = [
    answer("long and windy and good", 0.92, 0.8),
    answer("good", 0.9, 0.8, 1),
    answer("fair", 0.6, 0.5, 2),
    answer("bad", 0.1, 0.2, 3),
]


def test_of_the_near_best_the_shortest_is_chosen_against_the_worst():
    (found,) = self_rewarded(GROUP, "own", anchor="anchor")
    assert (found.chosen, found.rejected, found.source) == ("good", "bad", "self_reward")
    assert found.weight == pytest.approx(0.8)


@pytest.mark.parametrize(
    "group",
    [
        [answer("a", 0.5), answer("b", 0.5, seed=1)],
        [answer("a", 0.6), answer("b", 0.5, seed=1)],
        [answer("a", 0.9)],
    ],
    ids=["tie", "close", "single"],
)
def test_ties_close_scores_and_single_answers_make_no_pair(group):
    assert self_rewarded(group, "own", anchor=None) == []


def test_the_anchor_may_object_and_its_silence_is_no_consent():
    objects = [answer("a", 0.9, 0.2), answer("b", 0.1, 0.8, 1)]
    silent = [answer("a", 0.9), answer("b", 0.1, 0.8, 1)]
    assert self_rewarded(objects, "own", anchor="anchor") == []
    assert self_rewarded(silent, "own", anchor="anchor") == []
    assert len(self_rewarded(objects, "own", anchor=None)) == 1


@pytest.mark.parametrize(("anchors", "kept"), [(0, 0), (1, 4), (3, 12), (30, 40)])
def test_a_fifth_of_the_pairs_at_least_is_anchored(anchors, kept):
    pairs = [pair(str(i), "x") for i in range(40)]
    given = [pair(f"gold {i}", "x") for i in range(anchors)]
    mixed = anchored(pairs, given)
    assert sum(p.source != "anchor" for p in mixed) == kept
    assert sum(p.source == "anchor" for p in mixed) == anchors
    if mixed:
        assert anchors / len(mixed) >= 0.2
    with pytest.raises(ValueError, match="share"):
        anchored(pairs, given, share=0.0)


def test_spin_prefers_a_demonstration_to_the_policys_own_answer():
    other = Problem.of("other")
    shown = [Example(move=said(PROBLEM, "gold").moves[0], problem=PROBLEM.id)]
    own = [said(PROBLEM, "mine"), said(PROBLEM, "gold"), said(PROBLEM, "cut", "length"),
           said(other, "mine")]  # fmt: skip
    (found,) = pairs = spin(shown, own)
    assert (found.chosen, found.rejected, found.source) == ("gold", "mine", "spin")
    assert told_apart(own, pairs) == 0.25
    assert told_apart([], []) is None
