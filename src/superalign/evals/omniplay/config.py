"""What an evaluation on OmniPlay depends on, beside model and seed, and the scenes it comes to."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import Annotated

from annotated_types import Ge

from superalign.errors import BadInput
from superalign.problems.omniplay.channels import Channel, Setting, Video, amount_of, channels_of
from superalign.problems.omniplay.play import WORLDS, Task
from superalign.problems.omniplay.protocol import Scene
from superalign.problems.omniplay.world import LEVELS
from superalign.records import Record, seed_of

ASKED, CLEAN = "asked", "clean"
"""Names of the setting that is asked for, and of the same one in which no channel lies."""


class OmniPlayConfig(Record):
    """Games, the channels that tell of them, and how a model is asked."""

    games: tuple[str, ...] = tuple(WORLDS)
    levels: tuple[int, ...] = LEVELS
    """1 easy, 2 medium, 3 hard."""
    episodes: Annotated[int, Ge(1)] = 10
    """Games drawn of each kind and level."""
    present: str = "image+audio"
    """Channels that tell of the game: text, image, audio, video."""
    conflict: str | None = None
    """A channel and the share of turns in which it lies, as `audio:0.5`; played clean too."""
    noise: str | None = None
    """A channel and how much of full scale its noise is, as `image:0.2`."""
    video: Video = "frames"
    ablate: bool = False
    """Whether every proper subset of the channels is played too, without lies."""
    temperature: float = 0.0
    max_tokens: Annotated[int, Ge(1)] = 1024

    def settings(self) -> dict[str, Setting]:
        """Return the settings to play, by name, the one that is asked for first.

        Raises:
            BadInput: If a field names no channel or game, or a package that is needed is missing.
        """
        asked = Setting(
            present=channels_of(self.present),
            conflict=amount_of(self.conflict, "conflict"),
            noise=amount_of(self.noise, "noise"),
            video=self.video,
        )
        for field, about in (("conflict", asked.conflict), ("noise", asked.noise)):
            if about and about[0] not in asked.shown:
                raise BadInput(f"{field}: the channel {about[0]} is not shown: add it to present")
        asked.ready()
        found, honest = {ASKED: asked}, replace(asked, conflict=None)
        if asked.conflict:
            found[CLEAN] = honest
        if self.ablate:
            found |= {
                "+".join(some): replace(honest, present=some) for some in _subsets(asked.shown)
            }
        return found


def _subsets(channels: tuple[Channel, ...]) -> list[tuple[Channel, ...]]:
    return [some for n in range(1, len(channels)) for some in combinations(channels, n)]


def drawn(config: OmniPlayConfig, *, seed: int, limit: int | None) -> list[Task]:
    """Return the games to play; kinds and levels take turns, so that a limit cuts all alike.

    Raises:
        BadInput: If a game or a level is unknown.
    """
    for game in config.games:
        if game not in WORLDS:
            raise BadInput(f"games: no game {game!r}; there are {', '.join(WORLDS)}")
    for level in config.levels:
        if level not in LEVELS:
            raise BadInput(f"levels: no level {level}; there are {', '.join(map(str, LEVELS))}")
    tasks = [
        Task(game, level, seed_of(seed, game, level, i))
        for i in range(config.episodes)
        for level in config.levels
        for game in config.games
    ]
    if not tasks:
        raise BadInput("games or levels: name at least one")
    return tasks[:limit]


def scenes(config: OmniPlayConfig, *, seed: int, limit: int | None) -> dict[str, list[Scene]]:
    """Return the same tasks under each setting.

    Raises:
        BadInput: As `drawn` and `OmniPlayConfig.settings`.
    """
    tasks = drawn(config, seed=seed, limit=limit)
    return {name: [Scene(t, s) for t in tasks] for name, s in config.settings().items()}
