"""Self-play finetuning: a demonstration against the policy's own answer to the same prompt.

Chen et al. 2024, arXiv 2401.01335: the loss is that of DPO with the previous policy as reference;
at its fixed point the policy's answers cannot be told from the demonstrations.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from superalign.learners.pairs import Pair
from superalign.records import Episode, Example


def spin(demonstrations: Sequence[Example], own: Sequence[Episode]) -> list[Pair]:
    """Return a pair per own answer whose problem is demonstrated: demonstration over answer.

    Joined by problem. An answer that equals the demonstration, or came to no end, makes no pair.
    """
    shown: Mapping[str, Example] = {e.problem: e for e in demonstrations if e.weight > 0}
    return [
        Pair.of(e.problem.id, good.move, e.moves[-1], 1.0, "spin")
        for e in own
        if (good := shown.get(e.problem.id)) is not None
        and e.final.stop == "end"
        and e.final.text != good.move.reply.text
    ]


def told_apart(own: Sequence[Episode], pairs: Sequence[Pair]) -> float | None:
    """Return the share of own answers that still differ from a demonstration; near 0, stop.

    None without an answer.
    """
    return len(pairs) / len(own) if own else None
