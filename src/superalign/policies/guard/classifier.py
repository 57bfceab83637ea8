"""What a guard asks of the text classifier under it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Scores: TypeAlias = NDArray[np.float64]


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
