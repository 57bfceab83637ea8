"""Games of OmniPlay played by players without a model, small and seeded."""

from random import Random

from superalign.problems.omniplay.channels import Setting
from superalign.problems.omniplay.play import Task
from superalign.problems.omniplay.players import PLAYERS

ALL = ("text", "image", "audio", "video")


def played(player, game, *, level=1, seeds=range(3), present=ALL, **setting):
    """Return one play a seed."""
    who = PLAYERS[player] if isinstance(player, str) else player
    told = Setting(present, **setting)
    return [who(Task(game, level, seed), told, Random(seed + 10_000)) for seed in seeds]


def score(plays):
    return sum(p.state.score for p in plays) / len(plays)


def wins(plays):
    return sum(p.state.won for p in plays)
