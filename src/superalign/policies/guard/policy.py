"""A prompt guard: a policy that answers `safe` or `unsafe` to whatever it is shown."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from superalign.errors import BadInput
from superalign.policies.guard.classifier import Classifier, Scores
from superalign.policies.guard.encoder import Encoder
from superalign.policies.guard.ngrams import Ngrams
from superalign.policies.guard.readings import READINGS, LetterPairs, read
from superalign.records import Message, Reply, digest

SAFE, UNSAFE = "safe", "unsafe"
_CARD = "guard.json"
_BATCH = 2000


@dataclass(frozen=True, kw_only=True)
class Guard:
    """Says `unsafe` when the most suspicious reading of a prompt scores above `threshold`."""

    classifier: Classifier
    pairs: LetterPairs
    readings: tuple[str, ...] = ()
    threshold: float = 0.0
    _known: dict[str, float] = field(default_factory=dict, repr=False, compare=False)
    _asked: list[str] = field(default_factory=list, repr=False, compare=False)

    @cached_property
    def id(self) -> str:
        """A digest of weights, readings and threshold."""
        return digest("guard", self.classifier.id, self.readings, self.threshold)

    def scores(self, texts: Sequence[str]) -> Scores:
        """Return the highest score among each text's readings; texts seen before cost nothing."""
        new = list(dict.fromkeys(t for t in texts if t not in self._known))
        for start in range(0, len(new), _BATCH):
            part = new[start : start + _BATCH]
            views = [read(t, self.readings, self.pairs) or [""] for t in part]
            starts = np.cumsum([0, *map(len, views[:-1])])
            found = self.classifier.scores([v for vs in views for v in vs])
            self._known.update(zip(part, np.maximum.reduceat(found, starts).tolist(), strict=True))
        return np.array([self._known[t] for t in texts], dtype=np.float64)

    def flags(self, texts: Sequence[str]) -> NDArray[np.bool_]:
        """Return whether the guard calls each text unsafe."""
        return self.scores(texts) > self.threshold

    def at(self, threshold: float) -> Guard:
        """Return this guard with another threshold; known scores are shared."""
        return replace(self, threshold=threshold)

    def having(self, classifier: Classifier) -> Guard:
        """Return this guard with another classifier."""
        return replace(self, classifier=classifier, _known={}, _asked=[])

    def reading(self, *names: str) -> Guard:
        """Return this guard with other readings."""
        return replace(
            self, readings=tuple(n for n in READINGS if n in names), _known={}, _asked=[]
        )

    async def sample(self, seen: Sequence[Message], *, n: int = 1, seed: int = 0) -> list[Reply]:
        """Return the verdict on the last message, `n` times: a guard has no chance in it.

        Requests that are made at the same time are scored in one batch.
        """
        text = seen[-1].text
        self._asked.append(text)
        await asyncio.sleep(0)
        asked, self._asked[:] = [*self._asked, text], []
        self.scores(asked)
        return [self._say(self._known[text])] * n

    def _say(self, score: float) -> Reply:
        if math.isnan(score):
            return Reply(text="", stop="error", error="the classifier's score is not a number")
        return Reply(text=UNSAFE if score > self.threshold else SAFE, tokens=1)

    def save(self, folder: Path) -> None:
        """Write the guard to an existing folder: JSON and safetensors, no pickle."""
        kind = "encoder" if isinstance(self.classifier, Encoder) else "ngrams"
        card = {
            "kind": kind,
            "readings": self.readings,
            "threshold": self.threshold,
            "pairs": self.pairs.table.tolist(),
        }
        self.classifier.save(folder)
        (folder / _CARD).write_text(json.dumps(card) + "\n", encoding="utf-8")


def load_guard(folder: Path) -> Guard:
    """Read what `Guard.save` wrote; it scores exactly as before.

    Raises:
        BadInput: If `folder` holds no guard.
    """
    path = folder / _CARD
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
        pairs = LetterPairs(np.array(card["pairs"], dtype=np.float32).reshape(27, 27))
        readings, threshold = tuple(card["readings"]), float(card["threshold"])
        kind = str(card["kind"])
    except OSError as error:
        raise BadInput(f"{path}: no guard here ({error.strerror})") from error
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput(f"{path}: not a guard's card ({error!r})") from error
    if unknown := set(readings) - set(READINGS):
        raise BadInput(f"{path}: field 'readings' names {', '.join(sorted(unknown))}")
    classifier = Encoder(folder) if kind == "encoder" else Ngrams.load(folder)
    return Guard(classifier=classifier, pairs=pairs, readings=readings, threshold=threshold)
