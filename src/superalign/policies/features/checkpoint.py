"""Checkpoints as bodies: a language model's last real token, an encoder's mean over real tokens.

Shape suffixes: B rows, T positions, D width.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np

from superalign.errors import BadInput
from superalign.policies.checkpoints import fingerprint, load_model, load_tokenizer, locate
from superalign.policies.features.body import Vectors
from superalign.records import digest

Pooling: TypeAlias = Literal["last", "mean"]
LONGEST = 512
"""Tokens of a text that are read, at most: of a language model's text the last, else the first."""
TOKENS_PER_BATCH = 8192


class Checkpoint:
    """A frozen checkpoint; its tokens and weights are loaded when first needed."""

    def __init__(self, name: str | Path, *, layer: int | None = None) -> None:
        self.name = Path(name).name if Path(name).is_absolute() else str(name)
        self.folder = locate(name)
        self.layer = layer
        self._tokens: dict[str, list[int]] = {}
        self._check()

    def _check(self) -> None:
        layers = self.config.num_hidden_layers
        if self.layer is not None and not 0 <= self.layer <= layers:
            raise BadInput(f"{self.name}: layer {self.layer} is not one of 0 to {layers}")

    @cached_property
    def config(self) -> Any:
        """The checkpoint's configuration."""
        from transformers import AutoConfig

        try:
            return AutoConfig.from_pretrained(str(self.folder), local_files_only=True)
        except (OSError, ValueError, KeyError) as error:
            reason = str(error).strip().splitlines()[0]
            raise BadInput(f"{self.folder}: the configuration does not load ({reason})") from None

    @cached_property
    def pooling(self) -> Pooling:
        """As its configuration says; else `last` for a causal language model, `mean` for others."""
        named = " ".join(self.config.architectures or ())
        causal = any(mark in named for mark in ("CausalLM", "LMHeadModel"))
        kept: Pooling | None = getattr(self.config, "pooling", None)
        return kept or ("last" if causal else "mean")

    @cached_property
    def id(self) -> str:
        """Names weights, tokenizer, layer and what of a text is read."""
        rules = self.tokenizer.backend_tokenizer.to_str()
        return digest(fingerprint(self.folder), rules, self.layer, self.pooling, self.longest)

    @cached_property
    def model(self) -> Any:
        """The weights without a head, for evaluation."""
        return load_model(self.folder, "AutoModel")

    @cached_property
    def tokenizer(self) -> Any:
        """The tokenizer, which cuts what is too long."""
        found = load_tokenizer(self.folder)
        found.truncation_side = "left" if self.pooling == "last" else "right"
        return found

    @cached_property
    def longest(self) -> int:
        """Tokens of a text that are read."""
        places = getattr(self.config, "max_position_embeddings", None) or LONGEST
        return int(min(LONGEST, places, self.tokenizer.model_max_length))

    @cached_property
    def parameters(self) -> int:
        """Weights, without a head."""
        return sum(p.numel() for p in self.model.parameters())

    @property
    def width(self) -> int:
        """The hidden size."""
        return int(self.config.hidden_size)

    def at(self, folder: Path) -> Checkpoint:
        """Return other weights, trained from these: the same tokenizer, no text cut again."""
        other = Checkpoint(folder, layer=self.layer)
        other.__dict__["tokenizer"], other._tokens = self.tokenizer, self._tokens
        return other

    def tokens(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the tokens of each text, cut once; text that spells a special token is text.

        A text without any token is one token long, the padding.
        """
        new = list(dict.fromkeys(t for t in texts if t not in self._tokens))
        if new:
            found = self.tokenizer(
                new, truncation=True, max_length=self.longest, split_special_tokens=True
            )["input_ids"]
            empty = [self.tokenizer.pad_token_id or 0]
            self._tokens.update(zip(new, (ids or empty for ids in found), strict=True))
        return [self._tokens[t] for t in texts]

    def features(self, texts: Sequence[str]) -> Vectors:
        """Return one vector a text; each distinct text is read once, beside others as long."""
        import torch

        rows = self.tokens(list(dict.fromkeys(texts)))
        found = np.zeros((len(rows), self.width), np.float32)
        for at in cut([len(r) for r in rows], TOKENS_PER_BATCH):
            with torch.inference_mode():
                pooled_BD = vectors(self.model, [rows[i] for i in at], self.pooling, self.layer)
            found[at] = pooled_BD.float().cpu().numpy()
        place = {text: i for i, text in enumerate(dict.fromkeys(texts))}
        return found[[place[t] for t in texts]]


def cut(lengths: Sequence[int], tokens: int, rows: int | None = None) -> Iterator[list[int]]:
    """Yield places in batches of like length: at most `tokens` when padded, at most `rows`.

    Among equals the order is kept; a single row may be longer than a batch.
    """
    batch: list[int] = []
    for i in sorted(range(len(lengths)), key=lambda i: lengths[i]):
        if batch and ((len(batch) + 1) * lengths[i] > tokens or len(batch) == rows):
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch


def vectors(model: Any, rows: Sequence[Sequence[int]], pooling: Pooling, layer: int | None) -> Any:
    """Return the pooled hidden state of each row of tokens, [B, D]; differentiable.

    Where a row ends is known from its length: no token id means padding. The last token of a
    causal model sees no padding behind it, so there is nothing to mask.
    """
    import torch

    longest = max(map(len, rows))
    filled = [[*row, *[0] * (longest - len(row))] for row in rows]
    tokens_BT = torch.tensor(filled, device=model.device)
    lengths_B = torch.tensor([len(row) for row in rows], device=model.device)
    deep = layer is not None
    if pooling == "last":
        place = torch.arange(len(rows), device=model.device), lengths_B - 1
        with _ending_at(model, place):
            said = model(tokens_BT, use_cache=False, output_hidden_states=deep)
        return (said.hidden_states[layer] if deep else said[0])[place]
    mask_BT = (torch.arange(longest, device=model.device)[None] < lengths_B[:, None]).long()
    said = model(tokens_BT, attention_mask=mask_BT, output_hidden_states=deep)
    hidden_BTD = said.hidden_states[layer] if deep else said[0]
    return (hidden_BTD * mask_BT[..., None]).sum(1) / lengths_B[:, None]


@contextmanager
def _ending_at(model: Any, place: tuple[Any, Any]) -> Iterator[None]:
    """Have the last layer's MLP, over half of the layer's work, read the tokens at `place` alone.

    What it says is added to every position of its row; the pooled one is right, and no other is
    read, at any layer. Only for architectures whose layers add it in a plain sum.
    """
    layers = {"gpt2": "h", **dict.fromkeys(("llama", "mistral", "qwen2", "qwen3"), "layers")}
    name = layers.get(model.config.model_type)
    if name is None:
        yield
        return
    mlp = getattr(model, name)[-1].mlp
    hook = mlp.register_forward_pre_hook(lambda _, given: (given[0][place][:, None],))
    try:
        yield
    finally:
        hook.remove()
