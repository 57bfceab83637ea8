"""What every learner promises."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from superalign.records import Example, Policy

P = TypeVar("P", bound=Policy)


class Learner(Protocol[P]):
    """Policy and examples in, new policy out; the old policy stays usable."""

    def improve(self, policy: P, examples: Sequence[Example], *, seed: int = 0) -> P:
        """Return a policy trained on `examples`."""
        ...
