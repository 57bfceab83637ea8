"""Published domains, tasks and books, read from a folder as the project's repository has them.

The folder holds `env/<Domain>/truth_num=..jsonl` and, for the rules, either
`env/data/*_data.py` beside `env/*_env.py`, or `domains_json/*.json` with `env_to_domain.csv`.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from superalign.errors import BadInput
from superalign.problems.kumo.domain import Domain
from superalign.problems.kumo.literals import from_json, from_python
from superalign.problems.kumo.task import Task, read_task

SETTING = re.compile(r"truth_num=(\d+)\+action_num=(\d+)\+valid_truth_num=1")


@dataclass(frozen=True, slots=True)
class Library:
    """What a folder holds; `unread` says which task files were left out, and why."""

    domains: Mapping[str, Domain]
    tasks: tuple[Task, ...]
    unread: tuple[str, ...]

    def whole(self) -> list[Task]:
        """Return the tasks that are not broken, in the order of the files."""
        return [t for t in self.tasks if not t.broken]


def read_library(folder: Path) -> Library:
    """Read all domains, tasks and books below `folder`; what is broken is read too.

    A domain whose rules are no literals cannot be read, and its tasks are left out.

    Raises:
        BadInput: If there is nothing to read, or a line is no task of its domain.
    """
    sources = _json_sources(folder) or _python_sources(folder)
    if not sources:
        raise BadInput(f"{folder}: neither env_to_domain.csv nor env/*_env.py says what to read")
    domains, faults = _domains(sources)
    files = sorted(p for p in folder.glob("env/*/truth_num=*.jsonl") if SETTING.match(p.name))
    tasks: list[Task] = []
    unread: list[str] = []
    for path in files:
        domain = domains.get(path.parent.name)
        if domain is None:
            why = faults.get(path.parent.name, "its domain is not there")
            unread.append(f"{path.relative_to(folder).as_posix()}: {why}")
        else:
            tasks += _tasks(path, domain)
    if not tasks:
        raise BadInput(f"{folder}: there is no env/<Domain>/truth_num=..jsonl with its domain")
    return Library(domains, tuple(tasks), tuple(unread))


def _domains(sources: Mapping[str, Path]) -> tuple[dict[str, Domain], dict[str, str]]:
    """Return the domains that can be read, and why others cannot."""
    domains, faults = {}, {}
    for name, path in sorted(sources.items()):
        if not path.is_file():
            continue
        read = from_json if path.suffix == ".json" else from_python
        try:
            domains[name] = read(path.read_text(), name)
        except BadInput as error:
            faults[name] = str(error)
    return domains, faults


def _json_sources(folder: Path) -> dict[str, Path]:
    table = folder / "env_to_domain.csv"
    if not table.is_file():
        return {}
    with table.open(newline="") as lines:
        rows = [r for r in csv.DictReader(lines) if r.get("domain_json")]
    return {r["env"]: folder / "domains_json" / r["domain_json"] for r in rows}


def _python_sources(folder: Path) -> dict[str, Path]:
    """Return by domain the file of its rules: the one that its class's module imports."""
    found = {}
    for path in sorted(folder.glob("env/*_env.py")):
        text = path.read_text()
        data = re.search(r"data\.(\w+_data)\b", text)
        for name in re.findall(r"^class (\w+)", text, re.MULTILINE) if data else ():
            found[name] = folder / "env" / "data" / f"{data[1]}.py" if data else path
    return found


def _tasks(path: Path, domain: Domain) -> Iterator[Task]:
    books = path.parent / "knowledge_book" / path.stem
    for number, line in enumerate(path.read_text().splitlines()):
        place = f"{path}, row {number + 1}"
        try:
            row = json.loads(line)
        except ValueError as error:
            raise BadInput(f"{place}: not JSON: {error}") from None
        book = books / f"seed={number}.txt"
        yield read_task(row, domain, place, book.read_text() if book.is_file() else None)


def write_tasks(tasks: Sequence[Task], path: Path) -> None:
    """Write tasks as the published files have them, one a line."""
    path.write_text("".join(json.dumps(t.row()) + "\n" for t in tasks))
