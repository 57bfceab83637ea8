"""What a person watches while a run goes on: bars for the work in hand, one row a round.

Everything is drawn on stderr, so that stdout stays free for the result. Where stderr is no
terminal, the same story is told in plain lines.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

from rich.console import Console, Group
from rich.live import Live
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bars
from rich.table import Table
from rich.text import Text

from superalign.progress import Progress

ABSENT = "—"


def watch(
    *, plain: bool = False, stream: TextIO | None = None, folder: Path | None = None
) -> Progress:
    """Return what suits `stream` (stderr): a live picture on a terminal, else plain lines.

    `plain` asks for lines in any case, as beside JSON output. Where a run in `folder` has finished,
    one line says that it is read from there.
    """
    stream = stream or sys.stderr
    if folder and (folder / "summary.json").is_file():
        return Finished(folder, stream)
    return Lines(stream) if plain or not stream.isatty() else Terminal(stream)


def printable(line: str) -> str:
    """Return `line` without control characters: a model's text must not steer the terminal."""
    return "".join(c if c.isprintable() else " " for c in line)


def heading(key: str) -> str:
    """Return the column heading of a row's key: `level 5` is headed `L5`."""
    return f"L{key.removeprefix('level ')}" if key.startswith("level ") else key


def cell(key: str, value: Any) -> str:
    """Return a table value in few characters: levels in whole percent, what is missing as —."""
    match value:
        case None:
            return ABSENT
        case float() if math.isnan(value):
            return ABSENT
        case bool():
            return "yes" if value else "no"
        case int() | float() if key.startswith("level "):
            return f"{100 * value:.0f}"
        case int():
            return f"{value:,}"
        case float():
            return f"{value:.2f}"
    return printable(str(value))


def colour(key: str, value: Any) -> str:
    """Return the style of a cell; it repeats what the text says and adds nothing to it."""
    if isinstance(value, bool):
        return "green" if value else "yellow"
    if not key.startswith("level ") or not isinstance(value, int | float):
        return "" if value is not None else "dim"
    return "green" if value >= 0.9 else "cyan" if value >= 0.6 else "yellow"


class Lines(Progress):
    """Writes one line for each stage, each quarter of a long one, and each round."""

    def __init__(self, stream: TextIO | None = None, name: str = "") -> None:
        self._stream = stream or sys.stderr
        self._prefix = f"[{name}] " if name else ""
        self._stage, self._total, self._done = "", 0, 0

    def begin(self, stage: str, total: int | None = None) -> None:
        self._stage, self._total, self._done = stage, total or 0, 0
        self.say(f"{stage} ({total:,})" if total else stage)

    def advance(self, steps: int = 1) -> None:
        before, self._done = self._done, self._done + steps
        quarter = self._total // 4
        if quarter >= 25 and self._done < self._total and before // quarter < self._done // quarter:
            self.say(f"{self._stage} {self._done:,} of {self._total:,}")

    def row(self, values: Mapping[str, Any]) -> None:
        self.say("  ".join(f"{heading(k)} {cell(k, v)}" for k, v in values.items()))

    def say(self, line: str) -> None:
        print(self._prefix + printable(line), file=self._stream, flush=True)

    def beside(self, name: str) -> Progress:
        return Lines(self._stream, name)


class Finished(Progress):
    """Says once, in place of all stages, that a finished run is read; what is missing is made."""

    def __init__(self, folder: Path, stream: TextIO) -> None:
        self._folder, self._stream, self._said = folder, stream, False

    def begin(self, stage: str, total: int | None = None) -> None:
        if not self._said:
            self._said = True
            Lines(self._stream).say(f"{self._folder}: this run has finished and is read from there")

    def say(self, line: str) -> None:
        Lines(self._stream).say(line)

    def beside(self, name: str) -> Progress:
        return self


class Terminal(Progress):
    """Draws the table of rounds, a bar for the stage in hand, and a bar for each arm beside."""

    def __init__(self, stream: TextIO | None = None, console: Console | None = None) -> None:
        self._console = console or Console(file=stream or sys.stderr)
        self._table: Table | None = None
        self._keys: tuple[str, ...] = ()
        self._bars = Bars(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(compact=True),
            console=self._console,
        )
        self._live = Live(
            self.picture(), console=self._console, refresh_per_second=4, redirect_stdout=False
        )
        self._task: TaskID | None = None

    def begin(self, stage: str, total: int | None = None) -> None:
        self._live.start()
        if self._task is None:
            self._task = self.add_bar()
        self.set_bar(self._task, stage, total)

    def advance(self, steps: int = 1) -> None:
        if self._task is not None:
            self._bars.advance(self._task, steps)

    def row(self, values: Mapping[str, Any]) -> None:
        if self._table is None:
            self._keys = tuple(values)
            self._table = Table(box=None, pad_edge=False, header_style="bold")
            for key in self._keys:
                self._table.add_column(heading(key), justify="right", no_wrap=True)
        missing = {key: values.get(key) for key in self._keys}
        self._table.add_row(*(Text(cell(k, v), colour(k, v)) for k, v in missing.items()))
        self._live.start()
        self._live.update(self.picture(), refresh=True)

    def say(self, line: str) -> None:
        self._console.print(Text(printable(line)), soft_wrap=True)

    def beside(self, name: str) -> Progress:
        return _Beside(self, name)

    def close(self) -> None:
        self._live.update(self._table or Text(""))
        self._live.stop()

    def add_bar(self) -> TaskID:
        """Add a bar below the others."""
        return self._bars.add_task("", total=None)

    def set_bar(self, task: TaskID, label: str, total: int | None) -> None:
        """Start a bar over; without a total it only shows that work goes on."""
        self._bars.reset(task, description=escape(printable(label)))
        next(t for t in self._bars.tasks if t.id == task).total = total

    def advance_bar(self, task: TaskID, steps: int) -> None:
        """Move a bar forward."""
        self._bars.advance(task, steps)

    def picture(self) -> Group:
        """Return the table, then a bar for each arm."""
        return Group(self._table, "", self._bars) if self._table else Group(self._bars)


class _Beside(Progress):
    """One arm's line below the main one; its table rows show as the round it has reached."""

    def __init__(self, terminal: Terminal, name: str) -> None:
        self._terminal, self._name = terminal, name
        self._task: TaskID | None = None
        self._round = ""

    def begin(self, stage: str, total: int | None = None) -> None:
        if self._task is None:
            self._task = self._terminal.add_bar()
        self._terminal.set_bar(self._task, f"  {self._name}{self._round}: {stage}", total)

    def advance(self, steps: int = 1) -> None:
        if self._task is not None:
            self._terminal.advance_bar(self._task, steps)

    def row(self, values: Mapping[str, Any]) -> None:
        if "round" in values:
            self._round = f" after round {values['round']}"

    def say(self, line: str) -> None:
        self._terminal.say(f"{self._name}: {line}")
