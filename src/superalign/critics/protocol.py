"""What every critic promises."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, Self, runtime_checkable

from superalign.records import Episode, Verdict


class Critic(Protocol):
    """Judges bare episodes: verdict `i` is about episode `i`.

    Text that cannot be judged is `UNSCORED`, never a failure and never an exception.
    """

    @property
    def id(self) -> str:
        """Names the critic's weights, prompt and calibration."""
        ...

    async def judge(self, episodes: Sequence[Episode]) -> list[Verdict]:
        """Return one verdict per episode, in order."""
        ...


class Calibration(Protocol):
    """Turns scores in [0, 1] into chances; `id` changes with its parameters."""

    @property
    def id(self) -> str:
        """Digest of the parameters."""
        ...

    def __call__(self, scores: Sequence[float]) -> list[float]:
        """Return calibrated chances for scores in [0, 1]."""
        ...


@runtime_checkable
class Calibratable(Critic, Protocol):
    """A critic whose confidence can be recalibrated without judging anew."""

    def calibrated(self, calibration: Calibration) -> Self:
        """Return this critic under another calibration."""
        ...

    def rejudge(self, judged: Sequence[Episode]) -> list[Episode]:
        """Return episodes it judged under another calibration with this one's verdict instead."""
        ...


class Judge:
    """Applies critics to episodes, each to the bare episode."""

    def __init__(self, *critics: Critic) -> None:
        self.critics = critics

    async def __call__(self, episodes: Sequence[Episode]) -> list[Episode]:
        """Return the episodes with every critic's verdict added.

        Raises:
            ValueError: If a critic returns another number of verdicts than it was given episodes.
        """
        bare = [e.bare() for e in episodes]
        judged = list(episodes)
        for critic in self.critics:
            verdicts = await critic.judge(bare)
            judged = [e.judged(v) for e, v in zip(judged, verdicts, strict=True)]
        return judged
