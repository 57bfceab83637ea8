"""A checkpoint and a head of two classes: how it reads problems, and how it lies on disk.

Shape suffixes: N problems, B rows of a batch, D width.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from superalign.errors import BadInput
from superalign.learners.heads import Stop
from superalign.policies.checkpoints import load_model, save
from superalign.policies.features import Checkpoint, Kind, shown
from superalign.policies.features.checkpoint import cut, vectors
from superalign.records import Problem, digest

_HEAD, _CARD = "head.safetensors", "classifier.json"
_TOKENS = {"cpu": 1024, "cuda": 65536}
"""Padded tokens that are read at once, by device."""


class Model(torch.nn.Module):
    """Body and head. Two sides are compared by the difference of their vectors.

    The head starts at 0. Without `bias`, swapping the sides swaps the chances exactly.
    """

    def __init__(self, body: Checkpoint, kind: Kind, *, bias: bool) -> None:
        super().__init__()
        self.source, self.kind = body, kind
        self.inner = load_model(body.folder, "AutoModel").float()
        self.head = torch.nn.Linear(body.width, 2, bias=bias, device=self.inner.device)
        for parameter in self.head.parameters():
            torch.nn.init.zeros_(parameter)

    def read(self, problems: Sequence[Problem]) -> list[list[list[int]]]:
        """Return the tokens of each problem: of its prompt, or of each of its two sides."""
        texts = [shown(p, self.kind) for p in problems]
        self.source.tokens([t for both in texts for t in both])
        return [self.source.tokens(both) for both in texts]

    def forward(self, rows: Sequence[Sequence[Sequence[int]]]) -> Tensor:
        """Return logits [B, 2]: texts are read beside others as long, and put back in order."""
        device = self.inner.device
        flat = [tokens for row in rows for tokens in row]
        parts = list(cut(list(map(len, flat)), _TOKENS.get(device.type, 65536)))
        with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
            read = [
                vectors(self.inner, [flat[i] for i in at], self.source.pooling, None)
                for at in parts
            ]
        place = torch.tensor([i for at in parts for i in at], device=device).argsort()
        pooled_BD = torch.cat(read)[place].float()
        if self.kind == "compare":
            pooled_BD = pooled_BD[0::2] - pooled_BD[1::2]
        return self.head(pooled_BD)

    def probabilities(self, rows: Sequence[Sequence[Sequence[int]]]) -> NDArray[np.float32]:
        """Return the chance of either class, [N, 2]."""
        if not rows:
            return np.zeros((0, 2), np.float32)
        with torch.inference_mode():
            return self(rows).softmax(-1).cpu().numpy()

    def save(self, folder: Path, card: dict[str, Any]) -> None:
        """Write a checkpoint that `transformers` loads, the head and a card beside it."""
        from safetensors.torch import save_file

        adapted = hasattr(self.inner, "merge_and_unload")
        inner = self.inner.merge_and_unload() if adapted else self.inner
        inner.config.pooling = self.source.pooling
        save(inner, self.source.tokenizer, folder)
        head = {k: v.detach().cpu().contiguous() for k, v in self.head.state_dict().items()}
        save_file(head, folder / _HEAD)
        (folder / _CARD).write_text(json.dumps({"kind": self.kind, **card}) + "\n")


class Classifier:
    """What `Model.save` wrote: it judges exactly as before.

    Raises:
        BadInput: If the folder holds no finetuned classifier.
    """

    def __init__(self, folder: Path, body: Checkpoint | None = None) -> None:
        self.folder, self.body = folder, body or Checkpoint(folder)
        """The finetuned checkpoint without its head is a body like any other."""
        try:
            card = json.loads((folder / _CARD).read_text())
            self.kind: Kind = card["kind"]
            self.stopped_on: Stop = card["stopped_on"]
            self.step: int = card["step"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BadInput(f"{folder / _CARD}: not a finetuned classifier ({error})") from None

    @cached_property
    def id(self) -> str:
        """Names body and head by content."""
        return digest("classifier", self.body.id, self.kind)

    @cached_property
    def model(self) -> Model:
        """Body and head, loaded once."""
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        try:
            head = load_file(self.folder / _HEAD)
            model = Model(self.body, self.kind, bias="bias" in head)
            model.head.load_state_dict(head)
        except (OSError, SafetensorError, RuntimeError) as error:
            reason = str(error).strip().splitlines()[0]
            raise BadInput(f"{self.folder / _HEAD}: the head does not load ({reason})") from None
        return model

    def probabilities(self, problems: Sequence[Problem]) -> NDArray[np.float32]:
        """Return the chance of either class, or of either choice being the better, [N, 2]."""
        return self.model.probabilities(self.model.read(problems))
