"""TextWorld: games are made once and whole, won by their walkthrough, and returned to exactly."""

from __future__ import annotations

import sys
from random import Random

import pytest

from superalign.errors import BadInput
from superalign.problems.goexplore.play import Limits, Play
from superalign.problems.goexplore.player import by_rule
from superalign.problems.goexplore.textworld import making
from superalign.problems.goexplore.textworld.making import RECIPES, library, made
from superalign.problems.goexplore.textworld.world import TextGame


@pytest.fixture(scope="module")
def coin(tmp_path_factory):
    """A coin game of 3 rooms, which takes a second to make."""
    pytest.importorskip("textworld", reason="TextWorld, the extra `textworld`, is not installed")
    from dataclasses import replace

    small = replace(RECIPES["coin"], settings={"level": 3}, walkthrough=range(3, 4))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(making, "RECIPES", {**RECIPES, "coin": small})
        yield made("coin", 1, tmp_path_factory.mktemp("games"))


def test_a_walkthrough_wins_and_is_not_told(coin):
    world = TextGame("coin", coin)
    result = by_rule("oracle", Play(world, Limits()), Random(0)).result
    assert (result.won, result.steps, result.score) == (True, 3, 1.0)
    assert "coin" in world.rules
    assert not any(step in world.rules for step in world.walkthrough()[:-1])


def test_commands_lead_to_the_same_place_again(coin):
    world = TextGame("coin", coin)
    path = world.walkthrough()[:-1]
    once, again = (Play(world, Limits()).goto(path) for _ in range(2))
    assert once == again
    assert once.key != world.reset().key
    assert "take coin" in once.actions
    assert world.reset().text.count("\n") == 1


def test_looking_leads_nowhere_new(coin):
    world = TextGame("coin", coin)
    assert world.reset().key == world.step("look").key


def test_a_game_is_made_once_and_nothing_unfinished_stays(coin, monkeypatch):
    monkeypatch.setattr(making, "_make", None)
    assert made("coin", 1, coin.parent) == coin
    assert sorted(p.name for p in coin.parent.iterdir()) == ["coin-1.json", "coin-1.z8"]


def test_a_treasure_is_what_the_library_hides():
    pytest.importorskip("textworld", reason="TextWorld, the extra `textworld`, is not installed")
    textworld = library()

    def options():
        found = textworld.GameOptions()
        found.seeds = 1
        found.grammar.only_last_action = True
        return found

    theirs = textworld.challenges.CHALLENGES["tw-treasure_hunter"][1]({"level": 21}, options())
    ours = making._treasure({"mode": "hard", "rooms": 20, "length": 3}, options())
    assert ours.serialize() == theirs.serialize()
    assert len(ours.walkthrough) == 3


def test_without_textworld_one_line_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "textworld", None)
    with pytest.raises(BadInput, match=r"pip install 'superalign\[textworld\]'"):
        made("coin", 1, tmp_path)
