import asyncio
from collections import Counter

import pytest

from plays import verdict
from superalign.attackers.escalate import PLAIN, Cell, Escalate
from superalign.attackers.protocol import Table
from superalign.attackers.seeds import Seeds
from superalign.games import Solo
from superalign.ledger import Ledger
from superalign.policies.scripted import Scripted
from superalign.progress import Progress
from superalign.records import Outcome, Problem


class Rule:
    """A critic by (level, axis, number of the answer)."""

    id = "rule"

    def __init__(self, passes):
        self.passes, self.judged = passes, 0

    async def judge(self, episodes):
        self.judged += len(episodes)
        found = []
        for episode in episodes:
            axis, _, _ = episode.problem.prompt.split()
            outcome = self.passes(episode.problem.level, axis, int(episode.final.text))
            found.append(verdict(self.id, outcome))
        return found


def draw(level, axis, rng):
    return Problem.of(f"{axis} {level} {rng.random()}", level=level)


PLAN = Escalate(draw=draw, levels=range(1, 9), axes=("a", "b"), start=4)


def table(ledger, passes, samples=4):
    numbers = Scripted(lambda seen, seed: str(seed % 4))
    return Table(
        learner=numbers, game=Solo(), critic=Rule(passes), ledger=ledger, samples=samples,
        progress=Progress(),
    )  # fmt: skip


def attack(ledger, passes, budget=320, seed=1, plan=PLAN, samples=4):
    return asyncio.run(plan.attack(table(ledger, passes, samples), budget=budget, seed=seed))


def cells(played):
    return {(e.problem.level, e.problem.prompt.split()[0]) for e in played}


@pytest.mark.parametrize("budget", [320, 37, 4, 3])
def test_the_budget_is_spent_and_never_passed(ledger, budget):
    played = attack(ledger, lambda level, axis, i: level < 4, budget)
    assert len(played) == budget // 4 * 4
    assert set(Counter(e.problem.id for e in played).values()) <= {4}


def test_where_everything_passes_levels_open_one_by_one_and_nothing_is_mutated(ledger):
    played = attack(ledger, lambda *_: True)
    assert cells(played) <= {(level, PLAIN) for level in range(1, 9)}
    assert max(e.problem.level for e in played) == 8
    waves = [played[i : i + 40] for i in range(0, 320, 40)]
    tops = [max(e.problem.level for e in wave) for wave in waves]
    assert tops[0] <= 4
    assert all(top <= 4 + i for i, top in enumerate(tops))


def test_where_nothing_passes_no_level_opens_and_the_failed_levels_are_mutated(ledger):
    found = cells(attack(ledger, lambda *_: False))
    assert {level for level, _ in found} == {1, 2, 3, 4}
    assert {(level, axis) for level in (1, 4) for axis in "ab"} <= found


def test_only_levels_with_a_failure_are_mutated(ledger):
    played = attack(ledger, lambda level, axis, i: level != 3)
    assert {level for level, axis in cells(played) if axis != PLAIN} == {3}


def test_a_level_opens_only_if_enough_problems_of_the_top_are_solved(ledger):
    played = attack(ledger, lambda level, axis, i: level < 3)
    assert max(e.problem.level for e in played) == 4


def test_unscored_answers_neither_open_a_level_nor_mutate_one(ledger):
    played = attack(ledger, lambda *_: Outcome.UNSCORED)
    assert cells(played) <= {(level, PLAIN) for level in (1, 2, 3, 4)}


def test_the_budget_goes_where_some_answers_fail_and_some_pass(ledger):
    def passes(level, axis, i):
        return i < 2 if level == 2 else level == 1

    played = attack(ledger, passes, budget=1600)
    levels = Counter(e.problem.level for e in played)
    assert levels[2] > 0.5 * len(played)


def test_the_attack_depends_on_the_seed_alone(tmp_path):
    found = []
    for i, seed in enumerate((1, 1, 2)):
        with Ledger.open(tmp_path / str(i), {}, seed=0) as ledger:
            found.append([e.id for e in attack(ledger, lambda level, axis, i: i < 2, seed=seed)])
    assert found[0] == found[1]
    assert found[0] != found[2]


def test_a_resumed_attack_plays_nothing_again_and_goes_the_same_way(tmp_path):
    def passes(level, axis, i):
        return i < 2

    with Ledger.open(tmp_path / "run", {}, seed=0) as ledger:
        first = attack(ledger, passes)
    with Ledger.open(tmp_path / "run", {}, seed=0) as ledger:
        again = table(ledger, passes)
        assert asyncio.run(PLAN.attack(again, budget=320, seed=1)) == first
        assert again.critic.judged == 0


def test_a_cells_posterior_leans_to_what_it_saw():
    import random

    rng = random.Random(0)
    high = [Cell(hits=80, tried=100).draw(rng) for _ in range(200)]
    low = [Cell(hits=5, tried=100).draw(rng) for _ in range(200)]
    assert min(high) > max(low)


def test_seeds_are_played_in_order_as_far_as_the_budget_goes(ledger):
    problems = [Problem.of(f"p {i} x", level=i) for i in range(10)]
    seeds = Seeds(problems, chunk=3)
    played = asyncio.run(seeds.attack(table(ledger, lambda *_: True), budget=30, seed=5))
    assert [e.problem.level for e in played[::4]] == list(range(7))
    assert len(played) == 28
    assert len(ledger.steps()) == 3
    assert len({e.id for e in played}) == 28


def test_a_play_is_named_by_learner_critic_problems_and_seed(ledger):
    problems = [Problem.of("p 1 x", level=1)]
    one = table(ledger, lambda *_: True)

    def play(at, seed=1):
        return asyncio.run(at.play(problems, seed=seed))

    assert play(one) == play(one)
    assert one.critic.judged == 4
    assert [e.seed for e in play(one, 2)] != [e.seed for e in play(one)]
    other = table(ledger, lambda *_: False)
    other.critic.id = "another"
    assert {e.verdicts[-1].outcome for e in play(other)} == {Outcome.FAIL}
    assert {e.verdicts[-1].outcome for e in play(one)} == {Outcome.PASS}
