"""What people said of the answers made, what they asked about them, and how they did themselves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from superalign.errors import BadInput
from superalign.problems.answers import tidy
from superalign.problems.imports.entries import text
from superalign.problems.paradox.ballot import Ballot
from superalign.problems.paradox.item import Item
from superalign.problems.rows import Row, read_rows
from superalign.problems.tasks.fields import label, texts
from superalign.records import Episode, Outcome, Verdict, digest

TASKS = ("made", "easy", "hard", "questions")
"""Columns of people's shares right: making, choosing, and questions about what they made."""


class Judged:
    """People's judgements of answers, from a CSV file with columns `id`, `made` and `right`.

    Several judgements of one answer are decided by the majority. An answer that nobody judged, or
    half of them passed, is unscored.
    """

    def __init__(self, path: Path, items: Mapping[str, Item]) -> None:
        """Read a file; items by problem id say which item a problem is.

        Raises:
            BadInput: If it cannot be read or a column is missing.
        """
        said: dict[tuple[str, str], list[int]] = defaultdict(list)
        for row in read_rows(path):
            said[text(row, "id"), tidy(text(row, "made"))].append(label(row, "right"))
        self._items, self._said = items, dict(said)
        self.id = digest("judged", sorted([*k, v] for k, v in said.items()))

    async def judge(self, episodes: Sequence[Episode]) -> list[Verdict]:
        """Return one verdict per episode, in order."""
        return [self._verdict(e) for e in episodes]

    def _verdict(self, episode: Episode) -> Verdict:
        name = self._items[episode.problem.id].id
        said = self._said.get((name, tidy(episode.final.text)), [])
        share = sum(said) / len(said) if said else 0.5
        if not episode.final.came or share == 0.5:
            kind = "undecided" if said else "not_judged"
            return Verdict(critic=self.id, outcome=Outcome.UNSCORED, kind=kind)
        return Verdict(
            critic=self.id, outcome=Outcome.of(share > 0.5), confidence=share, samples=len(said)
        )


def read_questions(path: Path) -> dict[tuple[str, str], list[Ballot]]:
    """Return people's questions by item and by the answer that they are about.

    A JSONL file with `id`, `made` (the answer), `question`, `options`, and `right`, one of them.

    Raises:
        BadInput: If a row is broken.
    """
    found: dict[tuple[str, str], list[Ballot]] = defaultdict(list)
    for row in read_rows(path):
        id, made, asked, right = (text(row, n) for n in ("id", "made", "question", "right"))
        options = list(dict.fromkeys(texts(row, "options")))
        if right not in options:
            raise BadInput(f"{row.place}: field 'right' is none of the options")
        options.remove(right)
        found[id, tidy(made)].append(
            Ballot(
                item=id, kind="question", options=(right, *options), about=made.strip(), text=asked
            )
        )
    return found


def read_people(path: Path) -> dict[str, dict[str, float]]:
    """Return people's shares right by task and item; several rows of one item are averaged.

    A CSV file with `id` and any of the columns `made`, `easy`, `hard` and `questions`; a cell may
    be empty.

    Raises:
        BadInput: If a cell holds no share, or none of the columns is there.
    """
    found: dict[str, dict[str, list[float]]] = {task: defaultdict(list) for task in TASKS}
    for row in read_rows(path):
        name = text(row, "id")
        columns = [t for t in TASKS if t in row.fields]
        if not columns:
            raise BadInput(f"{row.place}: none of the columns {', '.join(TASKS)} is there")
        for task in columns:
            if str(row.fields[task]).strip():
                found[task][name].append(_share(row, task))
    return {
        task: {name: sum(own) / len(own) for name, own in by_item.items()}
        for task, by_item in found.items()
    }


def _share(row: Row, column: str) -> float:
    try:
        value = float(row.fields[column])
    except (TypeError, ValueError):
        value = -1.0
    if not 0 <= value <= 1:
        raise BadInput(f"{row.place}: column {column!r} holds no share from 0 to 1")
    return value
