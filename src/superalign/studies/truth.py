"""The truth about problems with two answers, as what models say is written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from superalign.problems.key import Key
from superalign.records import Problem

Chances: TypeAlias = NDArray[np.float64]
"""[N, 2], of answer 0 and of answer 1."""


def truth(key: Key, problems: Sequence[Problem]) -> Chances:
    """Return what a key says of problems, as chances of either answer."""
    return np.eye(2)[[int(key.look_up(p.id) or 0) for p in problems]].reshape(-1, 2)
