"""From the words of `superalign study` to a study and its page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from superalign.errors import BadInput
from superalign.progress import Progress
from superalign.recipes.command import changes
from superalign.report.terminal import watch

Study = Callable[[str, dict[str, Any], Path, Progress, int, int], dict[str, Any]]
"""Runs a study: preset, changed fields, folder, progress, seed, workers."""


def run_study(
    name: str,
    preset: str,
    words: Sequence[str],
    *,
    fields: Mapping[str, str] | None = None,
    out: Path | None,
    seed: int,
    workers: int,
    quiet: bool,
) -> tuple[dict[str, Any], Path]:
    """Run a study; return its summary and the path of its page.

    `fields` are those that have an option of their own, by name; empty ones are left out.

    Raises:
        BadInput: If the study is unknown or cannot be run as asked.
    """
    from superalign.report.page import write_report

    if name not in STUDIES:
        raise BadInput(f"no study {name!r}; there are {', '.join(STUDIES)}")
    folder = out or Path("runs") / f"study-{name}-{seed}"
    with watch(plain=quiet) as progress:
        given = {k: v for k, v in (fields or {}).items() if v}
        changed = {**given, **changes(words)}
        summary = STUDIES[name](preset, changed, folder, progress, seed, workers)
    return summary, write_report(folder)


def _oversight(
    preset: str,
    fields: dict[str, Any],
    folder: Path,
    progress: Progress,
    seed: int,
    workers: int,
) -> dict[str, Any]:
    from superalign.studies.oversight import oversight, run_oversight

    config = oversight(preset, **fields)
    return run_oversight(config, folder, progress, seed=seed, workers=workers)


def _weak_to_strong(
    preset: str,
    fields: dict[str, Any],
    folder: Path,
    progress: Progress,
    seed: int,
    workers: int,
) -> dict[str, Any]:
    from superalign.studies.weak_to_strong import run_weak_to_strong, weak_to_strong

    config = weak_to_strong(preset, **fields)
    return run_weak_to_strong(config, folder, progress, seed=seed, workers=workers)


def _deception(
    preset: str,
    fields: dict[str, Any],
    folder: Path,
    progress: Progress,
    seed: int,
    workers: int,
) -> dict[str, Any]:
    from superalign.studies.deception import deception, run_deception

    config = deception(preset, **fields)
    return run_deception(config, folder, progress, seed=seed, workers=workers)


STUDIES: dict[str, Study] = {
    "oversight": _oversight,
    "weak-to-strong": _weak_to_strong,
    "deception": _deception,
}
