"""How long work says where it is; `report.terminal` draws it, the default keeps quiet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Self


class Progress:
    """Receives stages, steps and table rows. This one ignores them.

    As a context manager it gives the terminal back when the work ends, however it ends.
    """

    def begin(self, stage: str, total: int | None = None) -> None:
        """A stage of `total` steps begins; it replaces the stage before it."""

    def advance(self, steps: int = 1) -> None:
        """The current stage went `steps` further."""

    def row(self, values: Mapping[str, Any]) -> None:
        """A row of the run's table is known."""

    def say(self, line: str) -> None:
        """One line a reader should see."""

    def beside(self, name: str) -> Progress:
        """Return what work called `name`, running beside this work, reports to."""
        return Progress()

    def close(self) -> None:
        """No more is coming; may be called twice."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def stage(self, name: str, total: int | None = None) -> Iterator[Progress]:
        """Run a block as one stage."""
        self.begin(name, total)
        yield self
