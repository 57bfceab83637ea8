"""From the words of `superalign eval` to evaluations of one or several models."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, TypeAlias

from superalign.errors import BadInput
from superalign.evals.asked import Asked
from superalign.evals.results import SUMMARY, table
from superalign.ledger.folder import write_json, writing
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
            asked_for = {"eval": name, "model": model, "seed": seed, "set": fields}
            summary = {**asked_for, **evaluate(asked)}
            with writing(asked.folder):
                asked.folder.mkdir(parents=True, exist_ok=True)
                write_json(asked.folder / SUMMARY, summary)
            summaries.append(summary)
    found = summaries[0] if len(summaries) == 1 else {"eval": name, "models": summaries}
    return found, "\n".join([table(summaries), *_notes(summaries), f"Results: {folder}"])


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
