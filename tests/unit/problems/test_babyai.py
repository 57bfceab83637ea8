"""BabyAI in words: the five kinds, the named objects, the description, exact returning."""

from __future__ import annotations

import re
import sys
from random import Random

import pytest

from superalign.errors import BadInput
from superalign.problems.goexplore.play import Limits, Play
from superalign.problems.goexplore.player import by_rule

pytest.importorskip("minigrid", reason="minigrid, the extra `grid`, is not installed")

from superalign.problems.goexplore.babyai.describe import describe
from superalign.problems.goexplore.babyai.world import ACTIONS, KINDS, BabyAI

NAMED = {"yellow box", "red key", "green ball", "red door", "grey door"}


@pytest.mark.parametrize("kind", KINDS)
def test_the_bot_solves_every_kind_within_its_horizon(kind):
    for seed in range(3):
        world = BabyAI(kind, seed)
        result = by_rule("oracle", Play(world, Limits()), Random(0)).result
        assert result.won, (kind, seed)
        assert result.steps <= world.horizon
        assert world.horizon == (64 if kind in ("goto", "pickup") else 128)


@pytest.mark.parametrize("kind", KINDS)
def test_tasks_name_nothing_that_training_names(kind):
    tasks = [re.search(r"Your task: (.*?)\. ", BabyAI(kind, s).rules)[1] for s in range(12)]
    found = {m for t in tasks for m in re.findall(r"(\w+ (?:box|key|ball|door))", t)}
    assert found <= NAMED
    assert len(found) > 1
    if kind == "sequence":
        assert {" then " in t for t in tasks} == {True, False}


@pytest.mark.parametrize(
    ("kind", "named"), [("goto", 1), ("pickup", 1), ("putnext", 2), ("sequence", 2)]
)
def test_eight_things_lie_about_beside_those_that_are_named(kind, named):
    things = [t for t in BabyAI(kind, 0)._env.grid.grid if t and t.type != "wall"]
    assert len(things) == 8 + named


def test_a_trial_ends_with_its_time():
    world = BabyAI("goto", 0)
    views = [world.step("turn left") for _ in range(64)]
    assert [bool(v.actions) for v in views] == [True] * 63 + [False]
    assert not views[-1].won


def test_equal_seeds_are_equal_tasks_and_others_are_not():
    def opening(seed):
        world = BabyAI("goto", seed)
        return world.rules, world.reset()

    assert opening(1) == opening(1)
    assert opening(1) != opening(2)


def test_the_same_actions_lead_to_the_same_place():
    world, rng = BabyAI("putnext", 4), Random(0)
    path = [rng.choice(ACTIONS) for _ in range(40)]
    once, again = (Play(world, Limits()).goto(path) for _ in range(2))
    assert once == again


def test_what_is_carried_is_part_of_the_place():
    world = BabyAI("pickup", 0)
    steps = world.walkthrough()
    world.reset()
    views = [world.step(a) for a in steps]
    assert views[-1].won
    assert views[-1].actions == ()
    assert len({v.key for v in views}) == len(views)


def test_looking_costs_nothing_and_prints_nothing(capsys):
    for seed in range(6):
        BabyAI("putnext", seed).reset()
    assert capsys.readouterr().out == ""


class Seen:
    """A room by hand, seen from the middle of the lowest row; the ball at `?` is out of sight."""

    def __init__(self, rows, carrying=None):
        from minigrid.core.grid import Grid
        from minigrid.core.world_object import Ball, Door, Key, Wall

        made = {"#": Wall, "b": lambda: Ball("blue"), "k": lambda: Key("red")}
        made["?"] = made["b"]
        made |= {"O": lambda: Door("grey", is_open=True), "L": lambda: Door("red", is_locked=True)}
        made |= {"C": lambda: Door("green")}
        self.grid, self.carrying = Grid(len(rows[0]), len(rows)), carrying
        for j, row in enumerate(rows):
            for i, sign in enumerate(row):
                if sign in made:
                    self.grid.set(i, j, made[sign]())
        self.hidden = {(i, j) for j, r in enumerate(rows) for i, s in enumerate(r) if s == "?"}

    def gen_obs_grid(self):
        import numpy as np

        visible = np.ones((self.grid.width, self.grid.height), bool)
        for cell in self.hidden:
            visible[cell] = False
        return self.grid, visible


@pytest.mark.parametrize(
    ("rows", "lines"),
    [
        (
            ["..#..", "b...k", "...k.", "#...."],
            [
                "You see a wall 3 steps forward",
                "You see a wall 2 steps left",
                "You see a blue ball 2 steps left and 2 steps forward",
                "You see a red key 1 step right and 1 step forward",
                "You see a red key 2 steps right and 2 steps forward",
            ],
        ),
        (
            ["..#..", "..b..", "#k..."],
            ["You see a blue ball 1 step forward", "You see a red key 1 step left"],
        ),
        (
            ["O.#", "L.?", "C.."],
            [
                "You see a open grey door 1 step left and 2 steps forward",
                "You see a locked red door 1 step left and 1 step forward",
                "You see a closed green door 1 step left",
            ],
        ),
        (["...", "...", "..."], []),
    ],
)
def test_the_words_for_what_is_seen(rows, lines):
    found = describe(Seen(rows)).splitlines()
    assert sorted(found) == sorted(lines)
    walls = [line for line in found if "wall" in line]
    assert found[: len(walls)] == walls == [line for line in lines if "wall" in line]


def test_what_is_carried_comes_first():
    from minigrid.core.world_object import Key

    found = describe(Seen(["#..", "...", "..."], Key("yellow"))).splitlines()
    assert found == ["You carry a yellow key"]


def test_without_minigrid_one_line_says_what_to_install(monkeypatch):
    monkeypatch.delitem(sys.modules, "superalign.problems.goexplore.babyai.levels", raising=False)
    monkeypatch.setitem(sys.modules, "minigrid.envs.babyai.core.roomgrid_level", None)
    with pytest.raises(BadInput, match=r"pip install 'superalign\[grid\]'"):
        BabyAI("goto", 0)
