"""`superalign eval` as tests call it: results below the test's folder, nothing drawn."""

from __future__ import annotations

from superalign.evals.asked import Asked
from superalign.evals.command import run_eval
from superalign.progress import Progress


def asked_for(name, model, tmp_path, *, epochs=1, seed=0):
    """Return what an evaluation of a player is asked."""
    return Asked(
        name=name,
        model=model,
        players=[model],
        data=None,
        limit=None,
        epochs=epochs,
        base_url="",
        seed=seed,
        folder=tmp_path / "out",
        fields={},
        progress=Progress(),
    )


def summary_of(name, models, tmp_path, *words, data=None, limit=None, epochs=1, seed=0, out="out"):
    """Return the summary of one model, or of a list of them."""
    return run_eval(
        name,
        models if isinstance(models, list) else [models],
        words,
        data=data,
        limit=limit,
        epochs=epochs,
        base_url="",
        seed=seed,
        out=tmp_path / out,
        quiet=True,
    )[0]
