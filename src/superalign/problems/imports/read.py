"""Which format a file is in, and what it holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from superalign.errors import BadInput
from superalign.problems.imports import benchmarks, garak, promptfoo, pyrit
from superalign.problems.imports.entries import Entry, Found
from superalign.problems.rows import Row, read_document, read_rows
from superalign.records import Episode, Message, Move, Problem, Reply

Format = Literal[
    "harmbench", "xstest", "strongreject", "garak", "garak-hits", "promptfoo", "pyrit", "rows"
]
"""`rows` is no tool's: columns as the recipe reads them."""
REPORTS = frozenset({"garak", "garak-hits", "promptfoo", "pyrit"})
"""What tools wrote about a model, as against lists of prompts."""
NAMES: Mapping[Format, str] = {
    "harmbench": "HarmBench",
    "xstest": "XSTest",
    "strongreject": "StrongREJECT",
    "garak": "a garak report",
    "garak-hits": "a garak hit log",
    "promptfoo": "promptfoo results",
    "pyrit": "a PyRIT export",
}
ENDINGS = (".csv", ".json", ".jsonl", ".ndjson")
_READERS: Mapping[Format, Callable[[Sequence[Row]], Found]] = {
    "harmbench": benchmarks.read_harmbench,
    "xstest": benchmarks.read_xstest,
    "strongreject": benchmarks.read_strongreject,
    "garak": garak.read_report,
    "garak-hits": garak.read_hits,
    "promptfoo": promptfoo.read_promptfoo,
    "pyrit": pyrit.read_pyrit,
}
_FIELDS: tuple[tuple[Format, frozenset[str]], ...] = (
    ("garak", frozenset({"entry_type"})),
    ("garak-hits", frozenset({"attempt_id", "probe", "detector", "prompt"})),
    ("promptfoo", frozenset({"prompt", "vars", "success"})),
    ("pyrit", frozenset({"role", "conversation_id", "original_value"})),
    ("harmbench", frozenset({"Behavior", "BehaviorID"})),
    ("harmbench", frozenset({"BehaviorID", "test_case"})),
    ("xstest", frozenset({"prompt", "type", "label", "focus"})),
    ("xstest", frozenset({"prompt", "type", "completion", "final_label"})),
    ("strongreject", frozenset({"forbidden_prompt", "category"})),
)
"""The fields of a first row by which each format is known; the first that fits counts."""


@dataclass(frozen=True)
class Import:
    """What a file of a known format holds."""

    path: Path
    format: Format
    entries: Sequence[Entry]
    passed: int
    """Rows or conversations without text, passed over."""

    @cached_property
    def problems(self) -> list[Problem]:
        """The prompts, each once; what detectors said of several replies to one is united."""
        united: dict[str, list[str]] = defaultdict(list)
        first: dict[str, Problem] = {}
        for entry in self.entries:
            problem = entry.problem
            first.setdefault(problem.id, problem)
            united[problem.id] += entry.tags
        return [p.model_copy(update={"tags": _united(united[n])}) for n, p in first.items()]

    @cached_property
    def labels(self) -> dict[str, bool]:
        """By problem id whether it is harmful, where the format says so; no problem carries it."""
        return {e.problem.id: e.harmful for e in self.entries if e.harmful is not None}

    @cached_property
    def episodes(self) -> list[Episode]:
        """The replies that the tool recorded, bare: what its detector said is no verdict here."""
        problems = {p.id: p for p in self.problems}
        plays: dict[str, int] = defaultdict(int)
        found = []
        for entry in self.entries:
            problem = problems[entry.problem.id]
            for reply in entry.replies:
                found.append(self._episode(entry, problem, reply, plays[problem.id]))
                plays[problem.id] += 1
        return found

    def _episode(self, entry: Entry, problem: Problem, reply: Reply, number: int) -> Episode:
        seen = (*entry.earlier, Message(role="user", text=problem.prompt))
        policy = entry.model or self.format
        move = Move(seat="learner", policy=policy, seen=seen, reply=reply)
        return Episode.of(problem, f"imported:{self.format}", number, [move])

    @property
    def line(self) -> str:
        """What was recognised, for the user."""
        later = sum(bool(e.earlier) for e in self.entries)
        replies = sum(len(e.replies) for e in self.entries)
        parts = [
            f"{len(self.problems)} problems",
            f"{replies} recorded replies" if replies else "",
            f"{later} are the last message of several" if later else "",
            f"{self.passed} without text passed over" if self.passed else "",
        ]
        return f"{self.path}: read as {NAMES[self.format]}: {', '.join(filter(None, parts))}"


def _united(tags: Sequence[str]) -> tuple[str, ...]:
    """Return the tags once each; a detector's hit stands before its other opinions."""
    hits = {t.removeprefix("hit:") for t in tags if t.startswith("hit:")}
    kept = (t for t in tags if not (t.startswith("no_hit:") and t[len("no_hit:") :] in hits))
    return tuple(dict.fromkeys(kept))


def read_import(where: str | Path, *, format: Format | None = None) -> Import | None:
    """Read a file of a known format, told by its content; None if it is none of them.

    Args:
        where: The file.
        format: Which format it is, whatever it looks like; `rows` is none of them.

    Raises:
        BadInput: If the file is broken, lacks what the format needs (file, row and field are
            named), or holds no prompt.
    """
    opened = recognised(Path(where), format)
    return None if opened is None else _read(Path(where), *opened)


def read_report(path: Path, *, format: Format | None = None) -> Import | None:
    """As `read_import`, for what a tool wrote; lists of prompts in CSV and JSONL are left alone.

    Raises:
        BadInput: As `read_import` does.
    """
    opened = recognised(path, format)
    if opened is None or (opened[0] not in REPORTS and path.suffix != ".json"):
        return None
    return _read(path, *opened)


def recognised(path: Path, format: Format | None) -> tuple[Format, list[Row]] | None:
    """Return the known format of a file and its rows, or None.

    Raises:
        BadInput: If the file is broken.
    """
    if format == "rows" or path.suffix.lower() not in ENDINGS or not path.is_file():
        return None
    rows = _rows(path)
    found = format or detect(rows)
    return None if found is None or rows is None else (found, rows)


def _read(path: Path, format: Format, rows: Sequence[Row]) -> Import:
    read = _READERS[format](rows)
    if not read.entries:
        raise BadInput(f"{path}: {NAMES[format]} without any prompt")
    return Import(path, format, read.entries, read.passed)


def detect(rows: Sequence[Row] | None) -> Format | None:
    """Return the format that the first row's fields tell, or None."""
    names = set(rows[0].fields) if rows else set()
    return next((name for name, fields in _FIELDS if fields <= names), None)


def _rows(path: Path) -> list[Row] | None:
    """Return the rows of a file; None if it is a JSON document that no tool here writes."""
    if path.suffix.lower() != ".json":
        return list(read_rows(path))
    document = read_document(path)
    if isinstance(document, list):
        listed = document
    elif isinstance(document, Mapping):
        unwrapped = promptfoo.results_of(document) or _cases(document)
        if unwrapped is None:
            return None
        listed = list(unwrapped)
    else:
        return None
    return [_row(path, i, fields) for i, fields in enumerate(listed, 1)]


def _row(path: Path, number: int, fields: Any) -> Row:
    if not isinstance(fields, dict):
        raise BadInput(f"{path}: row {number}: is not a JSON object")
    return Row(f"{path}: row {number}", fields)


def _cases(document: Mapping[str, Any]) -> list[Any] | None:
    """Return HarmBench's completions or results, which it keeps in lists by behaviour."""
    cases = [
        {**case, "BehaviorID": behaviour}
        for behaviour, listed in document.items()
        for case in (listed if isinstance(listed, list) else ())
        if isinstance(case, Mapping) and "test_case" in case
    ]
    return cases or None
