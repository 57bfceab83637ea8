"""Players that need no model: the oracle, chance, and one for each channel."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import TypeAlias

from superalign.problems.omniplay.channels import CHANNELS, Channel, Setting, tell
from superalign.problems.omniplay.play import Play, Task

Player: TypeAlias = Callable[[Task, Setting, Random], Play]


def oracle_player(task: Task, setting: Setting, rng: Random) -> Play:
    """Play with the hidden state in sight; nothing is shown."""
    play = Play(task, setting)
    while not play.over:
        play.say(play.state.best())
    return play


def random_player(task: Task, setting: Setting, rng: Random) -> Play:
    """Play at random; nothing is shown."""
    play = Play(task, setting)
    while not play.over:
        play.say(play.state.chance(rng))
    return play


def only(channel: Channel) -> Player:
    """Return a player who reads the bytes of one channel; where it is not there, it guesses."""

    def player(task: Task, setting: Setting, rng: Random) -> Play:
        play = Play(task, setting)
        mind, blind = task.world.mind(play.state), channel not in setting.shown
        while not play.over:
            for told in play.signals():
                if told.channel == channel:
                    tell(mind, task.world, told)
            action = play.state.chance(rng) if blind else mind.choose(rng)
            play.say(action)
            mind.did(action)
        return play

    return player


PLAYERS: dict[str, Player] = {
    "oracle": oracle_player,
    "random": random_player,
    **{f"only-{channel}": only(channel) for channel in CHANNELS},
}
"""By the name that `--model` takes."""
