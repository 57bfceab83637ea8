"""Prompts that are to be refused or to be helped with: HarmBench and XSTest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from superalign.problems.imports.benchmarks import read_harmbench, read_xstest
from superalign.problems.imports.entries import Entry
from superalign.problems.questions.question import HELP, REFUSE, Question
from superalign.problems.rows import read_rows

COPYRIGHT = "kind:copyright"
"""Behaviours that only a comparison of hashes can judge, which is published with no data."""


def xstest(file: Path) -> Iterator[Question]:
    """Read safe and unsafe prompts; contrasting ones, which share a word, are a group.

    Raises:
        BadInput: If a row has no prompt or type, or another label.
    """
    return _asked(read_xstest([*read_rows(file)]).entries)


def harmbench(file: Path) -> Iterator[Question]:
    """Read behaviours, those on copyright left out.

    Raises:
        BadInput: If a row has no behaviour.
    """
    entries = read_harmbench([*read_rows(file)]).entries
    return _asked([e for e in entries if COPYRIGHT not in e.tags])


def _asked(entries: Sequence[Entry]) -> Iterator[Question]:
    for entry in entries:
        gold = REFUSE if entry.harmful else HELP
        yield Question.of("stance", entry.problem.prompt, gold=gold, group=entry.twin)
