"""Any `transformers` sequence classifier under a guard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np

from superalign.errors import BadInput
from superalign.policies.checkpoints import quietly
from superalign.policies.guard.classifier import Scores
from superalign.records import digest

_UNSAFE = {"unsafe", "harmful", "toxic", "jailbreak", "injection", "malicious"}


@dataclass(frozen=True)
class Encoder:
    """Any `transformers` sequence classifier with two labels, by folder."""

    folder: Path
    batch: int = 32
    longest: int = 256
    """Tokens of a text that are read."""

    @cached_property
    def id(self) -> str:
        """Names the weights by content."""
        name = blake2b(digest_size=8)
        for file in sorted(self.folder.glob("*.safetensors")):
            name.update(file.read_bytes())
        return digest("encoder", name.hexdigest(), self.longest)

    @cached_property
    def parts(self) -> tuple[Any, Any]:
        """(tokenizer, model in evaluation mode).

        Raises:
            BadInput: If the folder is no sequence classifier with two labels and a tokenizer.
        """
        from transformers import AutoModelForSequenceClassification, AutoTokenizer

        try:
            with quietly():
                tokenizer = AutoTokenizer.from_pretrained(self.folder)
                model = AutoModelForSequenceClassification.from_pretrained(
                    self.folder, use_safetensors=True
                )
        except (OSError, ValueError) as error:
            line = " ".join(str(error).split())[:200]
            raise BadInput(f"{self.folder}: no text classifier: {line}") from error
        if model.config.num_labels != 2:
            raise BadInput(f"{self.folder}: {model.config.num_labels} labels, a guard has 2")
        return tokenizer, model.eval()

    @property
    def unsafe(self) -> int:
        """Index of the label that means unsafe: the one so named, else 1."""
        names = {int(i): str(n).lower() for i, n in self.parts[1].config.id2label.items()}
        return 0 if names.get(0, "") in _UNSAFE and names.get(1, "") not in _UNSAFE else 1

    def scores(self, texts: Sequence[str]) -> Scores:
        """Return one score a text."""
        import torch

        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        found = np.zeros(len(texts))
        for start in range(0, len(order), self.batch):
            at = order[start : start + self.batch]
            with torch.inference_mode():
                logits = self.parts[1](**self.tokens([texts[i] for i in at])).logits.float()
            found[at] = (logits[:, self.unsafe] - logits[:, 1 - self.unsafe]).numpy()
        return found

    def tokens(self, texts: Sequence[str]) -> Any:
        """Return the padded batch of `texts`."""
        return self.parts[0](
            list(texts), padding=True, truncation=True, max_length=self.longest, return_tensors="pt"
        )

    def save(self, folder: Path) -> None:
        """Write an ordinary checkpoint with its tokenizer."""
        tokenizer, model = self.parts
        model.save_pretrained(folder, safe_serialization=True)
        tokenizer.save_pretrained(folder)
