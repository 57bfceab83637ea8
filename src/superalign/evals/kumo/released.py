"""Released trajectories read back as plays, so that published figures can be had again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from superalign.errors import BadInput
from superalign.evals.played import Played
from superalign.problems.kumo.play import Play
from superalign.problems.kumo.task import Task

RELEASED = "released"
"""Model name of the released search; `released/NAME` is that of a folder below `results/`."""
SEARCH = "search_results"


def recorded(folder: Path, model: str, tasks: Sequence[Task]) -> list[Played[Task, Play]]:
    """Return every released play of `tasks` by a model; a task without one is unscored.

    Raises:
        BadInput: If there are none, or a line is no trajectory of its task.
    """
    name = model.partition("/")[2] or SEARCH
    by_file: dict[Path, dict[int, Task]] = {}
    for task in tasks:
        size = f"truth_num={len(task.truths)}+action_num={len(task.actions)}+valid_truth_num=1"
        where = folder / "results" / name / task.domain.name / size
        by_file.setdefault(where, {})[task.seed] = task
    found = [
        played
        for where, own in by_file.items()
        for path in sorted(where.glob("eval_times=*.jsonl"))
        for played in _read(path, own)
    ]
    if not found:
        raise BadInput(f"{folder}/results/{name}: there are no trajectories of these tasks")
    played = {p.task.id for p in found}
    lost = (t for t in tasks if t.id not in played)
    return [*found, *(Played(t, None, error="no released trajectory") for t in lost)]


def _read(path: Path, tasks: dict[int, Task]) -> Iterator[Played[Task, Play]]:
    for number, line in enumerate(path.read_text().splitlines(), 1):
        place = f"{path}, row {number}"
        try:
            row = json.loads(line)
            task = tasks.get(row["seed"])
            actions = [t["actions"] for t in row["trajectories"]]
        except (ValueError, TypeError, KeyError) as error:
            raise BadInput(f"{place}: no released trajectories: {error!r}") from None
        if task is not None:
            yield from (Played(task, _play(task, said, place)) for said in actions)


def _play(task: Task, said: Sequence[Any], place: str) -> Play:
    """Say again what was said, null being unreadable; a predicted truth's record is no move."""
    play = Play(task, steps=len(said) + 1)
    for name in said:
        if isinstance(name, str | None) and not play.end:
            play.say(name)
    if not play.end:
        play.end = "steps"
    if any(not isinstance(name, str | dict | None) for name in said):
        raise BadInput(f"{place}: field 'actions' holds something that is no name")
    return play
