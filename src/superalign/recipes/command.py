"""From the words of a command to a run, its report and its exports."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from superalign.errors import BadInput
from superalign.ledger.folder import read_json
from superalign.progress import Progress
from superalign.report.terminal import watch


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What the user asked for."""

    recipe: str
    preset: str
    changes: Sequence[str]
    data: Sequence[Path]
    benign: Sequence[Path]
    problems: str
    learner: str
    critic: str
    attacker: str
    base_url: str
    workers: int
    seed: int
    out: Path | None
    quiet: bool


def run_command(command: Command) -> tuple[dict[str, Any], Path]:
    """Run a recipe; return its summary and the path of its report.

    Raises:
        BadInput: If the recipe is unknown or cannot be run as asked.
    """
    from superalign.report.page import write_report

    if command.recipe not in RECIPES:
        raise BadInput(f"no recipe {command.recipe!r}; there are {', '.join(RECIPES)}")
    folder = command.out or _folder(command)
    with watch(plain=command.quiet, folder=folder) as progress:
        summary = RECIPES[command.recipe](command, folder, progress)
    return summary, write_report(folder)


def _folder(command: Command) -> Path:
    name = [command.recipe, *([command.preset] if command.recipe in ("chains", "requests") else [])]
    return Path("runs") / "-".join([*name, str(command.seed)])


def changes(words: Sequence[str]) -> dict[str, Any]:
    """Read `NAME=VALUE` words; a value is JSON, or a string if it is none.

    Raises:
        BadInput: If a word has no `=`.
    """
    found: dict[str, Any] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise BadInput(f"--set {word}: not of the form NAME=VALUE")
        try:
            found[name] = json.loads(value)
        except json.JSONDecodeError:
            found[name] = value
    return found


def export_run(folder: Path, out: Path) -> dict[str, str]:
    """Write what the finished run in `folder` made for use elsewhere to a new folder `out`.

    Returns:
        The paths written, by what they hold.

    Raises:
        BadInput: If `folder` holds no finished run, or `out` exists or cannot be written.
    """
    path = folder / "summary.json"
    if not path.is_file():
        raise BadInput(f"{path}: no such file; a run writes it when it ends")
    summary = read_json(path)
    recipe = summary.get("recipe") if isinstance(summary, dict) else None
    if recipe not in EXPORTS:
        raise BadInput(
            f"{path}: field 'recipe' is {recipe!r}; it must be one of {', '.join(EXPORTS)}"
        )
    if out.exists():
        raise BadInput(f"{out}: exists already; use another --out")
    return EXPORTS[recipe](folder, summary, out)


def _export_chains(folder: Path, summary: dict[str, Any], out: Path) -> dict[str, str]:
    from superalign.recipes.chains.export import export_chains

    return export_chains(folder, summary, out)


def _export_guard(folder: Path, summary: dict[str, Any], out: Path) -> dict[str, str]:
    from superalign.report.regression import export_guard

    export_guard(folder, out)
    return {path.stem: str(path) for path in sorted(out.iterdir())}


def _export_requests(folder: Path, summary: dict[str, Any], out: Path) -> dict[str, str]:
    from superalign.recipes.requests.export import export_requests

    return export_requests(folder, summary, out)


def _export_own(folder: Path, summary: dict[str, Any], out: Path) -> dict[str, str]:
    from superalign.recipes.own.run import export_own

    return export_own(folder, summary, out)


def check_suite(
    suite: Path, *, guard: Path | None, model: str, base_url: str = ""
) -> dict[str, Any]:
    """Return how many `cases` of a regression suite there are, how many `failed`, and which.

    Raises:
        BadInput: If the suite, the guard or the model cannot be read, or not one of them is named.
        Unreachable: If an endpoint does not answer usably.
    """
    if (guard is None) == (not model):
        raise BadInput("check needs either --guard FOLDER or --model MODEL")
    if guard is None:
        from superalign.recipes.regression import check_model

        return check_model(suite, model, base_url=base_url)
    from superalign.problems.rows import read_rows
    from superalign.report.regression import check_guard

    failures = [dict(row) for row in check_guard(suite, guard)]
    cases = sum(1 for _ in read_rows(suite))
    return {"cases": cases, "failed": len(failures), "failures": failures}


def _run_chains(command: Command, folder: Path, progress: Progress) -> dict[str, Any]:
    from superalign.recipes.chains.config import chains
    from superalign.recipes.chains.run import run_chains

    fields = changes(command.changes)
    if command.learner:
        fields["organism"] = command.learner
    config = chains(command.preset, **fields)
    return run_chains(config, folder, progress, seed=command.seed, workers=command.workers)


def _run_own(command: Command, folder: Path, progress: Progress) -> dict[str, Any]:
    from superalign.recipes.own.config import OwnConfig
    from superalign.recipes.own.run import run_own

    for name in ("problems", "learner", "critic"):
        if not getattr(command, name):
            raise BadInput(f"recipe own needs --{name}")
    fields = {
        "problems": command.problems,
        "learner": command.learner,
        "critic": command.critic,
        "attacker": command.attacker or None,
        "base_url": command.base_url or None,
        "seed": command.seed,
        **changes(command.changes),
    }
    return run_own(OwnConfig.read(fields, "recipe own"), folder, progress)


def _run_guard(command: Command, folder: Path, progress: Progress) -> dict[str, Any]:
    from superalign.recipes.guard.config import GuardConfig
    from superalign.recipes.guard.run import run_guard

    if not command.data:
        raise BadInput("recipe guard needs --data, a file or folder of harmful prompts")
    fields = {
        "data": [str(p) for p in command.data],
        "benign": [str(p) for p in command.benign],
        "seed": command.seed,
        **({"learner": command.learner} if command.learner else {}),
        **changes(command.changes),
    }
    return run_guard(GuardConfig.read(fields, "recipe guard"), folder, progress)


def _run_requests(command: Command, folder: Path, progress: Progress) -> dict[str, Any]:
    from superalign.recipes.requests.config import requests
    from superalign.recipes.requests.run import run_requests

    fields = changes(command.changes)
    if command.learner:
        fields["organism"] = command.learner
    if command.attacker:
        fields["attacker"] = command.attacker
    if command.base_url:
        fields["base_url"] = command.base_url
    config = requests(command.preset, **fields)
    return run_requests(config, folder, progress, seed=command.seed)


RECIPES: dict[str, Callable[[Command, Path, Progress], dict[str, Any]]] = {
    "chains": _run_chains,
    "guard": _run_guard,
    "own": _run_own,
    "requests": _run_requests,
}

EXPORTS: dict[str, Callable[[Path, dict[str, Any], Path], dict[str, str]]] = {
    "chains": _export_chains,
    "guard": _export_guard,
    "own": _export_own,
    "requests": _export_requests,
}
