"""From the words of `superalign study` to a study and its page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from superalign.errors import BadInput
from superalign.recipes.command import changes
from superalign.report.terminal import watch

Study = tuple[Callable[..., Any], Callable[..., dict[str, Any]]]
"""What makes a study's configuration from preset and changed fields, and what runs it."""


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
    with watch(plain=quiet, folder=folder) as progress:
        given = {k: v for k, v in (fields or {}).items() if v}
        changed = {**given, **changes(words)}
        configured, run = STUDIES[name]()
        summary = run(configured(preset, **changed), folder, progress, seed=seed, workers=workers)
    return summary, write_report(folder)


def _oversight() -> Study:
    from superalign.studies.oversight import oversight, run_oversight

    return oversight, run_oversight


def _weak_to_strong() -> Study:
    from superalign.studies.weak_to_strong import run_weak_to_strong, weak_to_strong

    return weak_to_strong, run_weak_to_strong


def _deception() -> Study:
    from superalign.studies.deception import deception, run_deception

    return deception, run_deception


def _easy_to_hard() -> Study:
    from superalign.studies.easy_to_hard import easy_to_hard, run_easy_to_hard

    return easy_to_hard, run_easy_to_hard


def _debate() -> Study:
    from superalign.studies.debate import debate, run_debate

    return debate, run_debate


def _prover_verifier() -> Study:
    from superalign.studies.prover_verifier import prover_verifier, run_prover_verifier

    return prover_verifier, run_prover_verifier


STUDIES: dict[str, Callable[[], Study]] = {
    "oversight": _oversight,
    "weak-to-strong": _weak_to_strong,
    "deception": _deception,
    "easy-to-hard": _easy_to_hard,
    "debate": _debate,
    "prover-verifier": _prover_verifier,
}
"""By name; what a study needs is loaded when it is asked for."""
