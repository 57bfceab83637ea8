"""Text classifiers under a guard: text in, log-odds that it is unsafe out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from superalign.errors import BadInput
from superalign.records import digest

Scores = NDArray[np.float64]
NGRAMS = (3, 5)
"""Lengths of the character n-grams, inside words and with their edges."""
BUCKETS = 2**17


class Classifier(Protocol):
    """Scores texts; a higher score means more suspicious."""

    @property
    def id(self) -> str:
        """Names the weights by content."""
        ...

    def scores(self, texts: Sequence[str]) -> Scores:
        """Return one score a text."""
        ...

    def save(self, folder: Path) -> None:
        """Write the weights to `folder`, without pickle."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Ngrams:
    """A linear model over hashed character n-grams, weighted by how rare they are.

    `weights` and `rarity` have one entry a bucket. The empty model scores everything 0.
    """

    weights: NDArray[np.float32]
    rarity: NDArray[np.float32]
    bias: float

    @classmethod
    def empty(cls) -> Ngrams:
        """Return the model before training."""
        return cls(np.zeros(BUCKETS, np.float32), np.ones(BUCKETS, np.float32), 0.0)

    @property
    def id(self) -> str:
        """Names the weights by content."""
        return digest("ngrams", self.weights.tobytes().hex(), self.rarity.tobytes().hex(), self.bias)

    def scores(self, texts: Sequence[str]) -> Scores:
        """Return one score a text."""
        found = rows(texts, self.rarity) @ self.weights.astype(np.float64)
        return np.asarray(found, dtype=np.float64) + self.bias

    def save(self, folder: Path) -> None:
        """Write `ngrams.safetensors`."""
        from safetensors.numpy import save_file

        bias = np.array([self.bias], np.float64)
        tensors = {"weights": self.weights, "rarity": self.rarity, "bias": bias}
        save_file(tensors, folder / "ngrams.safetensors")

    @classmethod
    def load(cls, folder: Path) -> Ngrams:
        """Read what `save` wrote.

        Raises:
            BadInput: If the file is missing or holds something else.
        """
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        file = folder / "ngrams.safetensors"
        try:
            found = load_file(file)
            weights, rarity, bias = found["weights"], found["rarity"], float(found["bias"][0])
        except (OSError, SafetensorError, KeyError) as error:
            raise BadInput(f"{file}: no guard's weights ({error})") from error
        if weights.shape != (BUCKETS,) or rarity.shape != (BUCKETS,):
            raise BadInput(f"{file}: weights of shape {weights.shape}, not ({BUCKETS},)")
        return cls(weights, rarity, bias)


def rows(texts: Sequence[str], rarity: NDArray[np.float32]) -> Any:
    """Return the sparse matrix of `texts`, one unit row each: dampened counts times rarity."""
    from sklearn.preprocessing import normalize

    found = counts(texts)
    found.data = (1 + np.log(found.data)) * rarity[found.indices]
    return normalize(found, copy=False)


def counts(texts: Sequence[str]) -> Any:
    """Return how often each bucket's n-grams stand in each text, as a sparse matrix."""
    from sklearn.feature_extraction.text import HashingVectorizer

    return HashingVectorizer(
        analyzer="char_wb", ngram_range=NGRAMS, n_features=BUCKETS, norm=None, alternate_sign=False
    ).transform(texts)


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
        from hashlib import blake2b

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


_UNSAFE = {"unsafe", "harmful", "toxic", "jailbreak", "injection", "malicious"}
