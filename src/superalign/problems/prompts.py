"""Harmful and benign prompts from the user's files: CSV or JSONL, one file or a folder of them.

A row's label comes from its `label` column (`safe` or `unsafe`) where there is one, else from
what the file was given as. Rows of a folder whose `SOURCE.txt` says that they are for evaluation
only are marked: they may measure a guard and may never train one. Reports of red-team tools
(`problems.imports`) are read as the prompts that they record.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from superalign.errors import BadInput
from superalign.problems.imports import NAMES, Format, Import, detect, read_report
from superalign.problems.rows import Row, read_rows
from superalign.problems.seed_prompts import requests
from superalign.records import Problem

COLUMNS = ("prompt", "Behavior", "goal", "forbidden_prompt", "text", "question")
"""Where known formats keep the prompt; the first that a file has is read."""
_COMPLETIONS = frozenset({"completion", "completions", "response", "generation"})
_LABELS = {"unsafe": True, "harmful": True, "safe": False, "benign": False}
_EVALUATION_ONLY = re.compile(r"\bevaluation[\s-]+(?:purposes[\s-]+)?only\b", re.IGNORECASE)
_ENDINGS = (".csv", ".jsonl")
_REPORT_ENDINGS = (".json",)
"""Read only where a tool's report is in them."""
NOTICE = "SOURCE.txt"
"""Where a folder states its licence and terms."""
SEEDS = "seed_prompts"


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt whose label its source states."""

    text: str
    harmful: bool
    source: str
    """Name of the file's folder, or of the file: figures are also given by source."""
    evaluation_only: bool = False
    twin: str = ""
    """Prompts with the same non-empty key belong on one side of a split."""
    recognised: str = ""
    """The known format that it was read from."""

    @property
    def problem(self) -> Problem:
        """The prompt as the guard sees it: without its label."""
        return Problem.of(self.text, tags=(self.source,))


def seed_prompts(seed: int) -> list[Prompt]:
    """Return the prompts that ship with the project."""
    return [
        Prompt(text, harmful, SEEDS, twin=f"{SEEDS} {phrase}")
        for text, harmful, phrase in requests(seed)
    ]


def read_prompts(
    path: Path, *, harmful: bool, column: str | None = None, format: Format | None = None
) -> list[Prompt]:
    """Read the prompts of a file or of every CSV and JSONL file and report in a folder.

    Files of model completions in a folder are passed over, since their prompts are copies.

    Args:
        path: The file or folder.
        harmful: The label of rows whose file has no `label` column.
        column: The column that holds the prompt, where it is none of `COLUMNS`.
        format: Which format the files are in; told by their content if None.

    Raises:
        BadInput: If nothing can be read; the line names the file, row and field.
    """
    if not path.exists():
        raise BadInput(f"{path}: no such file or folder")
    folder = path if path.is_dir() else path.parent
    evaluation_only = _evaluation_only(folder)
    prompts: list[Prompt] = []
    for file in _files(path):
        name = path.name if path.is_dir() else file.parent.name or file.stem
        found = None if column else read_report(file, format=format)
        if found is not None:
            prompts += _reported(found, name, harmful, evaluation_only)
            continue
        if path.is_dir() and file.suffix in _REPORT_ENDINGS:
            continue
        rows = list(read_rows(file))
        if path.is_dir() and rows and _COMPLETIONS & set(rows[0].fields):
            continue
        prompts += _prompts(file, rows, name, harmful, column, evaluation_only)
    if not prompts:
        raise BadInput(f"{path}: no file of prompts (.csv or .jsonl with {' / '.join(COLUMNS)})")
    return prompts


def _reported(found: Import, name: str, harmful: bool, evaluation_only: bool) -> Iterator[Prompt]:
    """Yield each prompt of a report once; versions of one attack have a common `twin`."""
    seen: set[str] = set()
    for entry in found.entries:
        text = entry.prompt.strip()
        if text not in seen:
            seen.add(text)
            label = harmful if entry.harmful is None else entry.harmful
            twin = f"{name} {entry.twin}" if entry.twin else ""
            yield Prompt(text, label, name, evaluation_only, twin, NAMES[found.format])


def _evaluation_only(folder: Path) -> bool:
    notice = folder / NOTICE
    return notice.is_file() and bool(
        _EVALUATION_ONLY.search(notice.read_text(encoding="utf-8", errors="replace"))
    )


def _files(path: Path) -> Sequence[Path]:
    endings = (*_ENDINGS, *_REPORT_ENDINGS)
    if path.is_dir():
        return sorted(f for f in path.iterdir() if f.suffix in endings)
    if path.suffix not in endings:
        raise BadInput(f"{path}: prompts are read from {', '.join(endings)} files")
    return [path]


def _prompts(
    file: Path,
    rows: Sequence[Row],
    name: str,
    harmful: bool,
    column: str | None,
    evaluation_only: bool,
) -> Iterator[Prompt]:
    field = _column(file, rows, column)
    known = detect(rows)
    for place, row in rows:
        text = row.get(field)
        if not isinstance(text, str) or not text.strip():
            raise BadInput(f"{place}: field {field!r} holds no prompt")
        focus = str(row.get("focus") or "").strip().lower()
        twin = f"{name} {focus}" if focus else ""
        label = _label(place, row, harmful)
        recognised = NAMES[known] if known else ""
        yield Prompt(text.strip(), label, name, evaluation_only, twin, recognised)


def _column(file: Path, rows: Sequence[Row], column: str | None) -> str:
    if not rows:
        raise BadInput(f"{file}: holds no rows")
    found = [str(name) for name in rows[0].fields]
    if _COMPLETIONS & set(found):
        raise BadInput(f"{file}: holds model completions, not prompts")
    wanted = (column,) if column else COLUMNS
    chosen = next((name for name in wanted if name in found), None)
    if chosen is None:
        raise BadInput(f"{file}: has no column {' / '.join(wanted)}; it has {', '.join(found)}")
    return chosen


def _label(place: str, row: Mapping[str, object], harmful: bool) -> bool:
    stated = row.get("label")
    if stated is None:
        return harmful
    label = _LABELS.get(str(stated).strip().lower())
    if label is None:
        raise BadInput(f"{place}: field 'label' is {stated!r}, none of {', '.join(_LABELS)}")
    return label
