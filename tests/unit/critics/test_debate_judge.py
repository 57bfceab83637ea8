import asyncio
import re

import pytest

from superalign.critics.debate_judge import ByAnswer, ByLetters, DebateJudge, Decision
from superalign.games.debate import FIRST, SECOND, Debate
from superalign.games.table import Seat
from superalign.games.unaided import Unaided
from superalign.measures.persuasion import won
from superalign.policies.scripted import Scripted
from superalign.records import Problem, Reply

PROBLEM = Problem.of("Which?", source="S", choices=("red", "green"))
TURNED = Problem.of("Which?", source="S", choices=("green", "red"))


def play(game, problem=PROBLEM):
    said = Reply(text="<argument>so</argument>", tokens=5)
    seats = {s: Seat(policy=Scripted([said])) for s in (FIRST, SECOND)}
    return asyncio.run(game.play(problem, seats))


def judged(rule, game=None, problem=PROBLEM):
    game = game or Debate(1)
    decides = ByAnswer(Scripted(rule, name="judge"))
    (found,) = asyncio.run(DebateJudge(decides).judge(game, play(game, problem)))
    return found


def likes(colour):
    """Return a judge that looks for a colour, whatever it is called."""

    def rule(seen, seed):
        (letter,) = re.findall(rf"<answer ([AB]) \w+>\n{colour}\n", seen[-1].text)
        return f"<thinking>hm</thinking><answer>{letter}</answer>"

    return rule


@pytest.mark.parametrize(("colour", "chance"), [("red", 1.0), ("green", 0.0)])
def test_swapping_the_order_never_changes_what_a_verdict_means(colour, chance):
    for problem, first in ((PROBLEM, chance), (TURNED, 1 - chance)):
        found = judged(likes(colour), problem=problem)
        assert found.straight == found.swapped == found.chance == first
        assert found.flipped is False


@pytest.mark.parametrize("letter", "AB")
def test_a_judge_that_likes_a_letter_is_worth_a_coin(letter):
    found = judged(lambda *_: f"<answer>{letter}</answer>")
    assert found.chance == 0.5
    assert found.flipped is True
    assert won((found.straight, found.swapped)) == 0.5


def test_what_cannot_be_read_has_no_chance_and_counts_as_wrong():
    found = judged(lambda *_: "Both have a point.")
    assert (found.straight, found.swapped, found.kind) == (None, None, "unreadable")
    assert found.chance is None
    assert found.flipped is None
    assert won((found.straight, found.swapped)) == 0


def test_one_order_that_cannot_be_read_leaves_the_other():
    def rule(seen, seed):
        red_first = re.search(r"<answer A \w+>\nred\n", seen[-1].text)
        return "<answer>A</answer>" if red_first else "?"

    found = judged(rule)
    assert (found.straight, found.swapped, found.chance) == (1.0, None, None)


def test_free_play_without_a_choice_is_not_judged():
    game = Debate(1, free=True, tries=1)
    found = judged(likes("red"), game)
    assert (found.chance, found.kind) == (None, "unargued")


def test_tokens_are_those_of_all_who_spoke():
    found = judged(lambda *_: Reply(text="A", tokens=2))
    assert found.tokens == 5 + 5 + 2 + 2
    assert judged(lambda *_: "A", Unaided()).tokens == 0


def test_letters_are_weighed_by_how_likely_they_are(policy):
    decides = ByLetters(policy)
    seen = Unaided().view(play(Debate(1))[0], "judge")
    found = asyncio.run(decides.decide(seen, seed=0))
    a, b = (sum(policy.logprobs(seen, f"<answer>{x}</answer>")) for x in "AB")
    assert 0 < found.chance < 1
    assert (found.chance > 0.5) == (a > b)
    assert DebateJudge(decides).id != DebateJudge(ByAnswer(policy)).id


def test_both_orders_are_asked_and_averaged():
    class Soft:
        id = "soft"

        async def decide(self, seen, *, seed):
            first = re.search(r"<answer A \w+>\nred\n", seen[-1].text)
            return Decision(0.9 if first else 0.3)

    game = Debate(1)
    (found,) = asyncio.run(DebateJudge(Soft()).judge(game, play(game)))
    assert found.straight == 0.9
    assert found.swapped == pytest.approx(0.7)
    assert found.chance == pytest.approx(0.8)
    assert asyncio.run(DebateJudge(Soft())(game, play(game)[0])) == pytest.approx(0.8)
