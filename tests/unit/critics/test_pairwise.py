import asyncio
import json

import pytest

from plays import at_level, said
from superalign.critics.pairwise import Pairwise, flip_rate
from superalign.policies.scripted import Scripted
from superalign.records import Reply

PROBLEM = at_level(1)
GOOD, BAD = said(PROBLEM, "the sum is five"), said(PROBLEM, "the sum is six")


def winner(which, confidence=0.9, issues=()):
    listed = [{"reply": r, "quote": q, "why": "wrong"} for r, q in issues]
    return json.dumps({"issues": listed, "winner": which, "confidence": confidence})


def honest(seen, seed):
    a, _ = seen[1].text.split("<reply B")
    return winner("A" if "five" in a.split("<reply A")[1] else "B")


def compare(judge, pair=(GOOD, BAD), **settings):
    pairwise = Pairwise(Scripted(judge), **{"k": 1, **settings})
    (found,) = asyncio.run(pairwise.compare([pair]))
    return found


def test_an_honest_judge_prefers_the_better_in_either_place():
    found = compare(honest)
    assert (found.winner, found.margin, found.flipped) == ("first", pytest.approx(0.8), False)
    turned = compare(honest, (BAD, GOOD))
    assert (turned.winner, turned.margin) == ("second", pytest.approx(-0.8))
    assert found.samples == 2


def test_a_judge_that_prefers_what_stands_first_ends_in_a_tie_and_counts_as_flipped():
    found = compare(lambda *_: winner("A"))
    assert (found.winner, found.margin, found.flipped) == ("tie", 0.0, True)
    assert flip_rate([found, compare(honest)])["rate"] == 0.5


def test_probabilities_are_averaged_over_samples_before_a_winner_is_named():
    def unsure(seen, seed):
        first_is_good = "five" in seen[1].text.split("<reply A")[1].split("<reply B")[0]
        return winner("A" if first_is_good else "B", 0.95 if seed % 2 else 0.52)

    found = compare(unsure, k=8)
    assert 0.04 < found.margin < 0.9
    assert found.samples == 16


def test_an_issue_counts_in_the_reply_it_names_alone():
    issues = [("A", "five"), ("A", "six"), ("B", "six"), ("C", "six")]
    found = compare(lambda *_: winner("tie", issues=issues))
    assert {(i.quote, i.dimension) for i in found.issues} == {
        ("five", "first"),
        ("six", "second"),
    }
    assert found.ungrounded == 5


@pytest.mark.parametrize(
    ("said_by_judge", "kind"),
    [
        ("A is better", "unreadable"),
        (winner("C"), "unreadable"),
        (winner("A", 0.2), "unreadable"),
        (winner("A") + winner("B"), "unreadable"),
        ("I'm sorry, but I can't help with that.", "judge_refused"),
        (Reply(text=winner("A"), stop="length"), "judge_truncated"),
    ],
)
def test_what_cannot_be_read_has_no_winner_and_a_kind(said_by_judge, kind):
    found = compare(lambda *_: said_by_judge)
    assert (found.winner, found.margin, found.flipped, found.kind) == (None, None, None, kind)
    assert flip_rate([found])["rate"] is None


def test_one_order_alone_decides_nothing():
    def half_mute(seen, seed):
        return honest(seen, seed) if "five" in seen[1].text.split("<reply B")[0] else "?"

    assert compare(half_mute).kind == "unreadable"


def test_a_reply_that_never_came_and_two_problems_are_not_compared():
    assert compare(honest, (said(PROBLEM, "", "error"), BAD)).kind == "no_reply"
    with pytest.raises(ValueError, match="one problem"):
        compare(honest, (GOOD, said(at_level(2), "x")))
