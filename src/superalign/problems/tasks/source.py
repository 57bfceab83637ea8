"""Where a task's rows come from: a user's file or folder, or a data set of the hub."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from superalign.errors import BadInput
from superalign.problems.rows import Row, read_rows
from superalign.problems.tasks.items import Item
from superalign.problems.tasks.task import Kind
from superalign.records import seed_of

ENDINGS = (".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".parquet", ".gz")
Splits = tuple[list[Item], list[Item] | None]
"""Items to train and to test; without the latter, a third is cut off."""
Read = Callable[[Row, random.Random], list[Item]]
"""Reads one row; no item where the row holds nothing to ask."""
Open = Callable[[Path], Iterable[Row]]
"""Opens a file."""


class Source(Protocol):
    """What makes the items of one task."""

    @property
    def kind(self) -> Kind:
        """What is asked."""
        ...

    @property
    def origin(self) -> str:
        """Where the data come from, in a few words."""
        ...

    @property
    def licence(self) -> str:
        """As the source states it; empty where the source states none."""
        ...

    def splits(self, name: str, data: Path | None, *, n: int | None, seed: int) -> Splits:
        """Return the items.

        Raises:
            BadInput: If nothing can be read; the line names file, row and field.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Hub:
    """A data set of the hub, and its splits that have labels."""

    id: str
    config: str | None = None
    train: tuple[str, ...] = ("train",)
    """Splits to train; several are pooled."""
    test: str | None = "test"
    """None cuts a third off."""

    def __str__(self) -> str:
        return f"{self.id} {self.config or ''}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """A task whose rows each make items."""

    read: Read
    hub: Hub | None = None
    kind: Kind = "classify"
    licence: str = ""
    opened: Open = read_rows
    """Opens a file of the published format, where that is no plain table."""

    @property
    def origin(self) -> str:
        """The hub's name of the data set."""
        return str(self.hub) if self.hub else "your file"

    def splits(self, name: str, data: Path | None, *, n: int | None, seed: int) -> Splits:
        """Return the items of the user's data, or of the hub's where there are none.

        Raises:
            BadInput: If nothing can be read.
        """
        rng = random.Random(seed_of(seed, name, "rows"))
        found = self.rows(name, data)
        train, test = ([i for row in rows for i in self.read(row, rng)] for rows in found)
        return train, test or None

    def rows(self, name: str, data: Path | None) -> tuple[Iterable[Row], Iterable[Row]]:
        """Return the rows to train and to test, of the user's data or of the hub's.

        Raises:
            BadInput: If nothing can be read.
        """
        return self._local(data) if data is not None else self._remote(name)

    def _remote(self, name: str) -> tuple[Iterable[Row], Iterable[Row]]:
        if self.hub is None:
            raise BadInput(f"{name}: has no copy on the hub; name its file with data")
        id, config, test = self.hub.id, self.hub.config, self.hub.test
        train = (row for s in self.hub.train for row in read_rows(id, split=s, config=config))
        return train, read_rows(id, split=test, config=config) if test else ()

    def _local(self, data: Path) -> tuple[Iterable[Row], Iterable[Row]]:
        if (data / "dataset_dict.json").exists():
            tested = (self.hub.test if self.hub else None) or "test"
            return read_rows(data, split="train"), read_rows(data, split=tested)
        if not data.is_dir():
            return self.opened(data), ()
        files = files_of(data)
        split = [_named(files, stem) for stem in ("train", "test")]
        if all(split):
            train, test = (self.opened(file) for file in split if file)
            return train, test
        if len(files) != 1:
            raise BadInput(
                f"{data}: needs one file of rows, or train.* and test.*; has {len(files)}"
            )
        return self.opened(files[0]), ()


def files_of(folder: Path) -> list[Path]:
    """Return the files of rows in a folder."""
    return sorted(f for f in folder.iterdir() if f.suffix.lower() in ENDINGS)


def _named(files: list[Path], stem: str) -> Path | None:
    return next((f for f in files if f.name.split(".")[0] == stem), None)


def labelled_beside(file: Path) -> Iterator[Row]:
    """Yield PIQA's rows; the published ones have their label in a file beside, `NAME-labels.lst`.

    Raises:
        BadInput: If that file has another number of lines than rows.
    """
    beside = file.with_name(f"{file.stem}-labels.lst")
    rows = read_rows(file)
    if not beside.exists():
        yield from rows
        return
    labels = beside.read_text(encoding="utf-8").split()
    read = list(rows)
    if len(labels) != len(read):
        raise BadInput(f"{beside}: holds {len(labels)} labels for {len(read)} rows of {file.name}")
    for row, label in zip(read, labels, strict=True):
        yield Row(row.place, {**row.fields, "label": label})
