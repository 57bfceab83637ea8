"""Problems as they come, and attacks beside their benign twins: the budget, and what is a twin."""

import asyncio
import random

import pytest
from worlds import counted, failing, table

from superalign.attackers.drawn import Drawn
from superalign.attackers.held_out import HeldOut
from superalign.attackers.protocol import HELD_OUT
from superalign.attackers.seeds import Seeds
from superalign.attackers.twins import Twinned
from superalign.problems.requests.words import TOPICS
from superalign.problems.requests.world import Intent, draw, parse, twin
from superalign.records import Problem


def run(attacker, at, budget, seed=0):
    return asyncio.run(attacker.attack(at, budget=budget, seed=seed))


def learner():
    return counted(failing(lambda prompt: 0.5))


def harmful(n, families=("reversal",)):
    rng = random.Random(n)
    return [draw(rng.choice([*TOPICS]), Intent.HARMFUL, families, rng) for _ in range(n)]


def one_of(n):
    return Drawn(lambda rng: Problem.of(f"p{rng.randrange(n)}"))


@pytest.mark.parametrize(("budget", "problems"), [(40, 10), (43, 10), (3, 0), (0, 0)])
def test_drawn_plays_as_many_problems_as_the_budget_pays_for(ledger, budget, problems):
    asked = learner()
    played = run(one_of(10**9), table(ledger, asked), budget)
    assert len(played) == asked.asked == 4 * problems
    assert len({e.problem.id for e in played}) == problems


def test_drawn_never_plays_a_problem_twice_and_depends_on_the_seed_alone(ledger):
    at = table(ledger, learner())
    few = run(one_of(3), at, 80)
    assert len(few) == 12
    assert run(one_of(10**9), at, 40) == run(one_of(10**9), at, 40)
    assert run(one_of(10**9), at, 40) != run(one_of(10**9), at, 40, seed=1)


def test_drawn_asks_again_for_nothing_that_is_in_the_ledger(ledger):
    asked = learner()
    for _ in range(2):
        run(one_of(10**9), table(ledger, asked), 40)
    assert asked.asked == 40


@pytest.mark.parametrize("budget", [80, 81, 87, 44, 8, 7])
def test_twins_keep_the_budget_and_each_is_of_what_was_tried(ledger, budget):
    def other(problem, rng):
        return Problem.of(f"{problem.prompt} twin")

    asked = learner()
    attacks = [Problem.of(f"p{i}") for i in range(50)]
    played = run(Twinned(Seeds(attacks), other), table(ledger, asked), budget)
    half = budget // 8
    assert len(played) == asked.asked == 8 * half <= budget
    prompts = list(dict.fromkeys(e.problem.prompt for e in played))
    assert prompts == [*(f"p{i}" for i in range(half)), *(f"p{i} twin" for i in range(half))]


def test_a_twin_is_benign_wears_the_same_wrappers_and_differs_in_one_place(ledger):
    played = run(Twinned(Seeds(harmful(10)), twin), table(ledger, learner()), 80)
    found = list({e.problem.id: parse(e.problem.prompt) for e in played}.values())
    assert [r.intent.benign for r in found] == [False] * 10 + [True] * 10
    for attack, other in zip(found[:10], found[10:], strict=True):
        assert other.layers == attack.layers
        assert (other.topic, other.verb) == (attack.topic, attack.verb)
        assert (other.object != attack.object) + (other.target != attack.target) == 1


def test_a_twin_that_was_attacked_already_is_not_played_again(ledger):
    def same(problem, rng):
        return Problem.of(problem.prompt)

    asked = learner()
    played = run(Twinned(Seeds(harmful(5)), same), table(ledger, asked), 40)
    assert len(played) == asked.asked == 20


def test_the_twins_of_what_only_measures_only_measure(ledger):
    played = run(HeldOut(Twinned(Seeds(harmful(4)), twin)), table(ledger, learner()), 32)
    assert len(played) == 32
    assert all(HELD_OUT in e.problem.tags for e in played)
