"""From the words of `superalign eval` to evaluations of one or several models."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, TypeAlias

from superalign.errors import BadInput
from superalign.evals.asked import Asked
from superalign.evals.results import SUMMARY, table
from superalign.ledger.folder import read_json, write_json, writing
from superalign.recipes.command import changes
from superalign.report.terminal import watch

Evaluate: TypeAlias = Callable[[Asked], dict[str, Any]]
"""Runs an evaluation; its summary holds `n`, `unscored`, `sentence` and the `columns` of a row."""


def run_eval(
    name: str,
    models: Sequence[str],
    words: Sequence[str],
    *,
    data: Path | None,
    limit: int | None,
    epochs: int,
    base_url: str,
    seed: int,
    out: Path | None,
    quiet: bool,
) -> tuple[dict[str, Any], str]:
    """Evaluate each model; return the summary, with one of several models a list, and a table.

    Raises:
        BadInput: If the evaluation or a model is unknown or cannot be run as asked.
    """
    if name not in EVALS:
        raise BadInput(f"no evaluation {name!r}; there are {', '.join(EVALS)}")
    folder = out or Path("runs") / f"eval-{name}-{seed}"
    fields, run = changes(words), import_module(f"superalign.evals.{name}.run")
    evaluate: Evaluate = run.evaluate
    summaries = []
    with watch(plain=quiet) as progress:
        for model in models:
            asked = Asked(
                name=name,
                model=model,
                players=tuple(run.PLAYERS),
                data=data,
                limit=limit,
                epochs=epochs,
                base_url=base_url,
                seed=seed,
                folder=folder / model.replace("/", "_"),
                fields=fields,
                progress=progress,
            )
            asked_for = {"eval": name, "model": model, "seed": seed, "set": fields, "limit": limit}
            _keep(asked, asked_for)
            summary = {**asked_for, **evaluate(asked)}
            with writing(asked.folder):
                asked.folder.mkdir(parents=True, exist_ok=True)
                write_json(asked.folder / SUMMARY, summary)
            summaries.append(summary)
    found = summaries[0] if len(summaries) == 1 else {"eval": name, "models": summaries}
    return found, "\n".join([table(summaries), *_notes(summaries), f"Results: {folder}"])


def _keep(asked: Asked, wanted: Mapping[str, Any]) -> None:
    """Refuse a folder that holds a player's results of something else, which would be lost.

    Those of a model have a ledger, which refuses by itself.
    """
    path = asked.folder / SUMMARY
    if not path.exists() or (asked.folder / "config.json").exists():
        return
    there = read_json(path)
    changed = [name for name, value in wanted.items() if there.get(name, value) != value]
    if changed:
        raise BadInput(f"{path} is of another {changed[0]!r}; use another --out")


def _notes(summaries: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return what summaries say in a sentence, and the caveats to be read beside it, once each."""
    said = [line for s in summaries for line in (s.get("sentence"), *s.get("caveats", ())) if line]
    return list(dict.fromkeys(said))


EVALS = (
    "kumo",
    "chembench",
    "longfact",
    "omniplay",
    "goexplore",
    "awareness",
    "paradox",
    "capabilities",
)
"""Each is a package of that name, loaded when it is asked for; its `run` has `evaluate` and, by
name, the `PLAYERS` that need no model."""
