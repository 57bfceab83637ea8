"""Parts of a study that run side by side, and how a person watches them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from superalign.progress import Progress
from superalign.scale import OnEvent


def beside(progress: Progress, names: Sequence[object]) -> dict[str, Callable[..., None]]:
    """Return what `spread` tells: each part's own stages beside, and a step for each that is done.

    The names are in the order of the parts.
    """
    parts = [progress.beside(str(name)) for name in names]

    def tell(index: int, method: str, args: tuple[Any, ...]) -> None:
        getattr(parts[index], method)(*args)

    return {"on_event": tell, "on_done": lambda _: progress.advance()}


def as_one(progress: Progress) -> OnEvent:
    """Return what `spread` tells where all parts show as one piece of work."""

    def tell(_: int, method: str, args: tuple[Any, ...]) -> None:
        getattr(progress, method)(*args)

    return tell
