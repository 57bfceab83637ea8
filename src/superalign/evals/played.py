"""Plays of tasks, and what summaries of them share: counts, shares and means over tasks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from superalign.evals.asked import Named
from superalign.measures import clusters
from superalign.records import Episode
from superalign.stats import mean_known

T = TypeVar("T", bound=Named)
P = TypeVar("P")
X = TypeVar("X")


@dataclass(frozen=True, slots=True)
class Played(Generic[T, P]):
    """One play of a task; `play` is null where a reply never came."""

    task: T
    play: P | None
    tokens: int | None = None
    error: str = ""
    """Why there is no play."""


def heard(task: T, episode: Episode, play: Callable[[], P]) -> Played[T, P]:
    """Return what an episode comes to: its `play`, and the tokens of its replies."""
    if not episode.final.came:
        return Played(task, None, error=episode.final.error or episode.final.stop)
    counts = [m.reply.tokens for m in episode.moves]
    tokens = sum(c for c in counts if c is not None) if None not in counts else None
    return Played(task, play(), tokens)


def by_task(played: Iterable[Played[T, P]]) -> dict[str, list[P]]:
    """Return the plays there are, by task."""
    found: dict[str, list[P]] = {}
    for p in played:
        if p.play is not None:
            found.setdefault(p.task.id, []).append(p.play)
    return found


def counted(played: Sequence[Played[T, P]], won: Callable[[P], bool]) -> dict[str, Any]:
    """Return how many plays were scored, and the share of them that reached the goal.

    The interval is over tasks, as the plays of one are not independent.
    """
    values, tasks = valued(played, lambda play: float(won(play)))
    return {
        "n": len(values),
        "tasks": len(set(tasks)),
        "unscored": len(played) - len(values),
        "success": mean_known(values),
        "success_interval": clusters.share(values, tasks) or (0.0, 1.0),
    }


def valued(
    played: Iterable[Played[T, P]], value: Callable[[P], float | None]
) -> tuple[list[float], list[str]]:
    """Return the values of the plays that have one, and the task of each."""
    pairs = [
        (known, task)
        for task, own in by_task(played).items()
        for play in own
        if (known := value(play)) is not None
    ]
    return [known for known, _ in pairs], [task for _, task in pairs]


def averaged(
    name: str, played: Sequence[Played[T, P]], value: Callable[[P], float | None], *, seed: int
) -> dict[str, Any]:
    """Return the mean of a value over the plays that have it, and its interval over tasks."""
    values, tasks = valued(played, value)
    interval = clusters.mean(values, tasks, seed=seed)
    return {name: mean_known(values), f"{name}_interval": interval}


def tokens(played: Iterable[Played[T, P]]) -> float | None:
    """Return the mean tokens of a play, of those whose tokens are known."""
    return mean_known(None if p.tokens is None else float(p.tokens) for p in played)


def unscored_because(played: Iterable[Played[T, P]]) -> dict[str, int]:
    """Return how many plays never came, by reason."""
    return dict(Counter(p.error for p in played if p.play is None))


def grouped(things: Sequence[X], key: Callable[[X], str]) -> dict[str, list[X]]:
    """Return what has the same key together, keys in order."""
    return {name: [x for x in things if key(x) == name] for name in sorted(set(map(key, things)))}
