import asyncio

import pytest
from worlds import counted, json_says, table

from superalign.attackers.drift import Drift
from superalign.games.dialogue import Dialogue
from superalign.ledger import Ledger
from superalign.policies.scripted import Scripted
from superalign.records import Outcome, Problem

GOALS = [Problem.of(f"goal {i}") for i in range(3)]


def leads(name="lead"):
    return json_says(lambda seen, seed: {"say": "closer" if len(seen) > 4 else "hello"}, name)


def gives_in():
    """A learner that only fails after it was led there, two turns at least."""

    def say(seen, seed):
        return "bad" if sum(m.text == "closer" for m in seen) >= 2 else "fine"

    return Scripted(say, name="gives in")


def drift(**fields):
    game = Dialogue(fields.pop("turns", 4))
    return Drift(**{"goals": GOALS, "attacker": leads(), "game": game, **fields})


def run(attacker, at, budget, seed=0):
    return asyncio.run(attacker.attack(at, budget=budget, seed=seed))


@pytest.mark.parametrize("budget", [0, 7, 8, 50, 64])
def test_a_dialogue_costs_its_turns_and_the_budget_is_never_passed(ledger, budget):
    learner = counted(gives_in())
    played = run(drift(), table(ledger, learner, 2), budget)
    assert learner.asked == len(played) * 4 == budget // 8 * 8


def test_a_learner_that_withstands_one_turn_gives_in_to_many(ledger):
    at = table(ledger, gives_in(), 1)
    outcomes = [{e.verdicts[-1].outcome for e in run(drift(turns=n), at, 3 * n)} for n in (1, 3, 5)]
    assert outcomes == [{Outcome.PASS}, {Outcome.PASS}, {Outcome.FAIL}]


def test_goals_come_round_again_with_other_seeds(ledger):
    at = table(ledger, gives_in(), 1)
    played = run(drift(chunk=2), at, 4 * 7)
    said = [e.problem.prompt for e in played]
    assert len(set(said[:3])) == 3
    assert said == [*said[:3], *said[:3], said[0]]
    assert len({e.seed for e in played}) == 7
    assert {e.problem.parent for e in played} == {g.id for g in GOALS}


def test_an_attacker_that_says_nothing_readable_is_invalid_and_unscored(ledger):
    tool = drift(attacker=Scripted(["nothing"]))
    learner = counted(gives_in())
    played = run(tool, table(ledger, learner, 1), 12)
    assert {e.verdicts[-1].outcome for e in played} == {Outcome.UNSCORED}
    assert learner.asked == 0
    assert tool.tally["invalid: unreadable"] == len(played) == 3


def test_a_resumed_drift_plays_nothing_again_and_another_attacker_does(tmp_path):
    asked, told = [], []
    for name in ("lead", "lead", "other"):
        with Ledger.open(tmp_path / "run", {}, seed=0) as ledger:
            learner = counted(gives_in())
            told.append(run(drift(attacker=leads(name)), table(ledger, learner, 1), 24))
            asked.append(learner.asked)
    assert asked == [24, 0, 24]
    assert told[0] == told[1]


def test_small_budgets_with_seeds_of_their_own_reach_every_goal(ledger):
    at = table(ledger, gives_in(), 1)
    assert {run(drift(), at, 4, seed)[0].problem.prompt for seed in range(12)} == {
        g.prompt for g in GOALS
    }
