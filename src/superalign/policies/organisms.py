"""The embedded organisms: small Llamas pretrained from scratch that ship with the package."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

WEIGHTS = Path(__file__).parent / "weights"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Size of an organism and how it is pretrained."""

    width: int
    layers: int
    heads: int
    inner: int
    lr: float
    tokens: float
    """Pretraining tokens."""


SIZES = {
    "50k": Shape(width=48, layers=2, heads=2, inner=96, lr=4e-3, tokens=8e6),
    "200k": Shape(width=80, layers=3, heads=4, inner=160, lr=3e-3, tokens=10e6),
    "800k": Shape(width=128, layers=4, heads=4, inner=352, lr=2e-3, tokens=20e6),
    "3m": Shape(width=224, layers=5, heads=7, inner=576, lr=1.2e-3, tokens=6e6),
}
"""A size is named by its parameters without those of the vocabulary; tokens are for `chains`."""
REQUESTS_TOKENS = {"50k": 8e6, "200k": 12e6, "800k": 10e6, "3m": 4e6}
SHAPES = {
    **{f"chains-{size}": shape for size, shape in SIZES.items()},
    **{f"requests-{s}": replace(SIZES[s], tokens=t) for s, t in REQUESTS_TOKENS.items()},
}


def world_of(name: str) -> str:
    """Return the world that the organism `name` is pretrained on."""
    return name.partition("-")[0]


def folder_of(name: str) -> Path | None:
    """Return the folder of a shipped organism, or None when `name` is none."""
    folder = WEIGHTS / name
    return folder if name in SHAPES and folder.is_dir() else None


def cards() -> list[dict[str, Any]]:
    """Return the model cards of the shipped organisms: data, tokens, seed, what was measured."""
    found = [folder / "card.json" for name in SHAPES if (folder := folder_of(name))]
    return [json.loads(file.read_text()) for file in found]


def line(card: dict[str, Any]) -> str:
    """Return a card in one line: name, size, training, how right it is by level or by request."""
    head = (
        f"{card['organism']:<14} {card['parameters']:>9,} parameters {card['tokens'] / 1e6:>5.1f}M"
    )
    head += " tokens  "
    if "accuracy_by_level" in card:
        found = card["accuracy_by_level"].values()
        rates = " ".join(f"{r['rate']:.2f}" for r in found)
        asked = min(r["n"] for r in found)
        return f"{head}fully right at levels 1-{len(found)} (n {asked} each): {rates}"
    cells = card["outcomes_by_cell"].items()
    rights = (f"{c} {k['helpful_ok']['rate'] + k['correct_refusal']['rate']:.2f}" for c, k in cells)
    asked = min(k["helpful_ok"]["n"] for _, k in cells)
    return f"{head}right (n {asked} each): {', '.join(rights)}"


def new_model(shape: Shape, vocabulary: int, *, seed: int) -> Any:
    """Return an untrained organism."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(seed)
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=vocabulary,
            hidden_size=shape.width,
            num_hidden_layers=shape.layers,
            num_attention_heads=shape.heads,
            num_key_value_heads=shape.heads,
            intermediate_size=shape.inner,
            max_position_embeddings=1024,
            tie_word_embeddings=True,
            initializer_range=0.03,
            pad_token_id=0,
            bos_token_id=1,
            eos_token_id=2,
        )
    )
