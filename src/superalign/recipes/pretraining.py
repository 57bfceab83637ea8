"""Pretrains the embedded organisms and writes their model cards."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from superalign.errors import BadInput
from superalign.ledger import atomic_folder
from superalign.policies.organisms import SHAPES, world_of
from superalign.recipes.chains import card as chains_card
from superalign.recipes.requests import card as requests_card
from superalign.report.terminal import watch

MEASURES = {"chains": chains_card, "requests": requests_card}
"""World -> what its cards say: `data()`, and `measured(folder)` of a checkpoint."""


def pretrain_organisms(
    name: str, out: Path, *, seed: int, quiet: bool, tokens: float | None = None
) -> list[dict[str, Any]]:
    """Pretrain one organism, or `all`, into `out/NAME`; one that is there already is kept.

    `tokens` replaces the organism's own pretraining budget.

    Raises:
        BadInput: If there is no such organism or `out` cannot be written.
    """
    if name != "all" and name not in SHAPES:
        raise BadInput(f"no organism {name!r}; there are {', '.join(SHAPES)} and all")
    names = list(SHAPES) if name == "all" else [name]
    return [_one(n, out / n, seed, quiet, tokens) for n in names]


def _one(name: str, folder: Path, seed: int, quiet: bool, tokens: float | None) -> dict[str, Any]:
    from superalign.learners.pretrain import pretrain

    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with watch(plain=quiet) as progress, atomic_folder(folder) as place:
            card = pretrain(name, place, seed=seed, progress=progress, tokens=tokens)
            card |= _described(name)
            progress.begin(f"measure {name}")
            card |= MEASURES[world_of(name)].measured(place)
            (place / "card.json").write_text(json.dumps(card, indent=1) + "\n")
    return {**json.loads((folder / "card.json").read_text()), "folder": str(folder)}


def _described(name: str) -> dict[str, Any]:
    """Return what the card says that does not depend on the run."""
    return {
        "architecture": {"kind": "Llama", **asdict(SHAPES[name])},
        "weights": "float16 safetensors",
        "data": {"world": world_of(name), **MEASURES[world_of(name)].data()},
        "licence": "Apache-2.0",
    }
