"""The embedded organisms: small Llamas pretrained from scratch that ship with the package."""

from __future__ import annotations

import json
from dataclasses import dataclass
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


SHAPES = {
    "chains-50k": Shape(width=48, layers=2, heads=2, inner=96, lr=4e-3, tokens=8e6),
    "chains-200k": Shape(width=80, layers=3, heads=4, inner=160, lr=3e-3, tokens=10e6),
    "chains-800k": Shape(width=128, layers=4, heads=4, inner=352, lr=2e-3, tokens=20e6),
    "chains-3m": Shape(width=224, layers=5, heads=7, inner=576, lr=1.2e-3, tokens=6e6),
}


def folder_of(name: str) -> Path | None:
    """Return the folder of a shipped organism, or None when `name` is none."""
    folder = WEIGHTS / name
    return folder if name in SHAPES and folder.is_dir() else None


def cards() -> list[dict[str, Any]]:
    """Return the model cards of the shipped organisms: data, tokens, seed, accuracy by level."""
    found = [folder / "card.json" for name in SHAPES if (folder := folder_of(name))]
    return [json.loads(file.read_text()) for file in found]


def new_tokenizer() -> Any:
    """Return the organisms' tokenizer: one token a character, printable ASCII and newline."""
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    special = ["<pad>", "<bos>", "<eos>", "<unk>"]
    characters = ["\n", *(chr(c) for c in range(32, 127))]
    vocab = {token: i for i, token in enumerate([*special, *characters])}
    core = Tokenizer(models.WordLevel(vocab, unk_token="<unk>"))
    core.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")
    core.decoder = decoders.Fuse()
    core.post_processor = processors.TemplateProcessing(
        single="<bos> $A", special_tokens=[("<bos>", vocab["<bos>"])]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=core,
        pad_token="<pad>",
        bos_token="<bos>",
        eos_token="<eos>",
        unk_token="<unk>",
        padding_side="left",
        model_max_length=1024,
        clean_up_tokenization_spaces=False,
    )


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
