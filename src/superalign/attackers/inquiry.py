"""An attacker that writes inquiries at the edge of what the learner can do, gold known."""

from __future__ import annotations

from collections.abc import Sequence

from superalign.attackers.escalate import Escalate
from superalign.problems.kumo.domain import Domain
from superalign.problems.kumo.generate import Sampler
from superalign.problems.kumo.shelf import AXES, LEVELS, Draw, Shelf


def frontier(
    domains: Sequence[Domain],
    shelf: Shelf,
    *,
    start: int = 2,
    waves: int = 8,
    sampler: Sampler = "uniform",
) -> Escalate:
    """Return an attacker that draws fresh tasks where some plays succeed and others do not.

    It goes up in truths and actions while the learner succeeds, and where it fails also asks for
    tasks that need more actions or have fewer to spare. What it draws goes on `shelf`, from which
    the game takes the observations and `InquiryGold` the answer.
    """
    levels = [n for n, size in LEVELS.items() if any(map(size.within, domains))]
    draw = Draw(domains, shelf, sampler=sampler)
    return Escalate(draw=draw, levels=levels, axes=tuple(AXES), start=start, waves=waves)
