"""The problems of a run on one's own: rows with answers, a benchmark, or a tool's report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from superalign.problems.files import load_problems
from superalign.problems.imports import read_import
from superalign.problems.key import Key
from superalign.progress import Progress
from superalign.recipes.own.config import OwnConfig
from superalign.records import Problem


class Given(NamedTuple):
    """What a user's file holds."""

    problems: list[Problem]
    key: Key
    expected: Mapping[str, str]
    """By problem id whether it is right to `refuse` or to `comply`, where the format says so."""


def given(config: OwnConfig, progress: Progress) -> Given:
    """Read the problems; of a known format, say what was recognised.

    Raises:
        BadInput: If they cannot be used.
    """
    found = None if config.columns else read_import(config.problems, format=config.format)
    if found is not None:
        progress.say(found.line)
        expected = {n: "refuse" if harmful else "comply" for n, harmful in found.labels.items()}
        return Given(found.problems[: config.limit], Key({}, config.mode or "exact"), expected)
    problems, key = load_problems(
        config.problems,
        columns=config.columns,
        mode=config.mode,
        split=config.split,
        limit=config.limit,
    )
    return Given(problems, key, {})
