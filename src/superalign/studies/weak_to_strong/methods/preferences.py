"""Methods whose student is a language model before anything else.

`wdpo` and `cwpo` teach it preferences by DPO, without any head.
"""

from __future__ import annotations

from typing import Any

from superalign.studies.weak_to_strong.lessons import Way
from superalign.studies.weak_to_strong.methods.case import Case, plain
from superalign.studies.weak_to_strong.methods.confidence import margin

DPO: dict[str, Any] = {"loss": "dpo", "stop": "end"}
"""A lesson whose likelier sides are first learnt to be said and then to be preferred."""


GENERATIVE: dict[str, Any] = {"generative": True}
"""A lesson whose problems the body first learns to write."""


def generative(case: Case) -> Way:
    """Teach the plain labels to a body that first learnt to write the problems (Burns et al.).

    Both choices are written alike, so no label enters; the ceiling's body gets the same.
    """
    return plain(case, **GENERATIVE)


def wdpo(case: Case) -> Way:
    """Teach the sides that a supervisor prefers which was itself taught by DPO.

    Tao and Li (ICLR 2025): its label is the sign of beta log(pi / pi_SFT), its implicit reward.
    """
    (said,) = yield [case.supervisor(**DPO)]
    return case.lesson(case.labels(said), **DPO)


def cwpo(case: Case) -> Way:
    """Teach the sides that a scalar reward model prefers, each pair weighted by 2 (sigma(d) - .5).

    CW-PO (ICLR 2026): d is the difference of the two rewards, the preferred side's less the
    other's. No pair is left out.
    """
    (said,) = yield [case.supervisor()]
    labels = case.labels(said)
    return case.lesson(labels, weights=margin(labels), **DPO)
