import asyncio
import json
import random
import re
import tempfile
from pathlib import Path
from statistics import fmean

import pytest
from worlds import counted, failing, table

from superalign.attackers.explore import Attempt, Explore, promise
from superalign.attackers.guide import Guide
from superalign.attackers.mutations import Axis, Scripted, child
from superalign.attackers.scoring import Estimate
from superalign.ledger import Ledger
from superalign.policies.scripted import Scripted as Says
from superalign.problems.goexplore.places import Place
from superalign.records import Problem

ACTIONS = tuple("abcdefgh")
GOAL = Problem.of("goal", tags=("risk",))


def said(prompt):
    return "".join(prompt.split()[1:])


def wrap(problem, action, rng):
    return child(problem, f"{problem.prompt} {action}")


AXIS = Axis("wrapper", ACTIONS, Scripted(wrap, name="append"))


def explore(**fields):
    return Explore(**{"goals": [GOAL], "actions": AXIS, **fields})


def run(attacker, at, budget, seed=0):
    return asyncio.run(attacker.attack(at, budget=budget, seed=seed))


def towards(secret):
    """A learner that fails by the share of a secret sequence that its prompt begins with."""

    def rate(prompt):
        right = 0
        for a, b in zip(said(prompt), secret, strict=False):
            if a != b:
                break
            right += 1
        return right / len(secret)

    return failing(rate, name=f"towards {secret}")


def first_hit(played, secret, otherwise):
    found = (i for i, e in enumerate(played) if said(e.problem.prompt).startswith(secret))
    return next(found, otherwise)


def test_it_finds_a_sequence_with_fewer_queries_than_chance(tmp_path):
    """A sequence of 3 among 512; where it is not found, the budget counts."""
    needed, budget = [], 480
    by_chance = sum(4 * (1 - 1 / 512) ** i for i in range(budget // 4))
    for seed in range(6):
        rng = random.Random(seed)
        secret = "".join(rng.choices(ACTIONS, k=3))
        with Ledger.open(tmp_path / str(seed), {}, seed=0) as ledger:
            at = table(ledger, towards(secret), 4)
            needed.append(first_hit(run(explore(depth=3), at, budget, seed), secret, budget))
    assert fmean(needed) < 0.65 * by_chance, needed


@pytest.mark.parametrize("budget", [0, 3, 4, 101])
def test_the_budget_is_never_passed(ledger, budget):
    learner = counted(towards("abc"))
    assert len(run(explore(), table(ledger, learner), budget)) == learner.asked == budget // 4 * 4


def test_no_state_is_deeper_than_allowed_and_the_search_ends_when_all_is_tried(ledger):
    few = Axis("wrapper", ("a", "b"), AXIS.mutate)
    played = run(explore(actions=few, depth=2), table(ledger, failing(lambda p: 0.0), 1), 1000)
    tried = {said(e.problem.prompt) for e in played}
    assert {"a", "b", "aa", "bb"} <= tried
    assert max(map(len, tried)) == 2


def test_actions_are_tags_in_order_and_the_goal_is_the_parent(ledger):
    played = run(explore(depth=3), table(ledger, towards("abc"), 1), 200)
    for e in played:
        assert e.problem.tags == ("risk", *said(e.problem.prompt))
        assert e.problem.parent == GOAL.id


def test_states_that_fail_more_and_were_left_less_often_are_likelier():
    fresh, visited = Place(Attempt(GOAL)), Place(Attempt(GOAL), chosen=9)
    failing_one = Place(Attempt(GOAL, Estimate(3, 4)))
    assert promise(failing_one) > promise(fresh) > promise(visited)


def knowing(secret):
    """A guide that goes on from the longest start of a secret, by its next sign."""

    def choose(seen, seed):
        knowing.asked.append(seen[-1].text)
        lines = [x.partition(". ")[2] for x in seen[-1].text.splitlines() if x[:1].isdigit()]
        if "To which of these" not in seen[-1].text:
            path = said(re.search(r"(goal[a-h ]*) \[", seen[-1].text)[1])
            right = secret[len(path) : len(path) + 1]
            return json.dumps({"choice": right if right in lines else 0})
        paths = [said(x.partition(" [")[0]) for x in lines]
        best = max(range(len(paths)), key=lambda i: len(paths[i]) * secret.startswith(paths[i]))
        return json.dumps({"choice": best})

    knowing.asked = []
    return Guide(Says(choose, name="knowing"))


def test_a_guide_that_knows_needs_no_search_and_is_asked_once(tmp_path):
    told = []
    for _ in range(2):
        with Ledger.open(tmp_path / "run", {}, seed=0) as ledger:
            tool = explore(depth=3, batch=1, guide=knowing("fad"))
            played = run(tool, table(ledger, towards("fad"), 2), 6)
            told.append(([e.id for e in played], len(knowing.asked)))
    assert first_hit(played, "fad", None) == 4
    assert tool.tally["unguided"] == 0
    assert told == [(told[0][0], 6), (told[0][0], 0)]


def test_a_guide_is_shown_what_failed_between_markers():
    guide = knowing("fad")
    with tempfile.TemporaryDirectory() as folder, Ledger.open(Path(folder), {}, seed=0) as ledger:
        run(explore(depth=3, batch=1, guide=guide), table(ledger, towards("fad"), 2), 6)
    assert "0. goal [not tried; went on from 0 times]" in knowing.asked[0]
    assert re.search(r"<states [0-9a-f]{16}>", knowing.asked[0])
    assert any("failed" in text for text in knowing.asked[2:])


def test_a_guide_that_cannot_be_read_leaves_it_to_chance(tmp_path):
    mute = Guide(Says(lambda seen, seed: "fine", name="mute"))
    told = []
    for guide in (None, mute):
        with Ledger.open(tmp_path / str(guide is mute), {}, seed=0) as ledger:
            tool = explore(guide=guide)
            played = run(tool, table(ledger, towards("abc"), 1), 20)
            told.append(([e.id for e in played], tool.tally["unguided"]))
    assert told == [(told[0][0], 0), (told[0][0], 20)]
    assert len(told[0][0]) == 20


def test_a_resumed_search_is_the_same_and_asks_nothing(tmp_path):
    asked, told = [], []
    for _ in range(2):
        with Ledger.open(tmp_path / "run", {}, seed=0) as ledger:
            learner = counted(towards("abc"))
            tool = explore()
            played = run(tool, table(ledger, learner), 200)
            told.append((played, {s.path for s in tool.archive}, tool.tally))
            asked.append(learner.asked)
    assert told[0] == told[1]
    assert asked == [200, 0]
