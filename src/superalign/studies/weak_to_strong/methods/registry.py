"""Methods by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from superalign.studies.weak_to_strong.lessons import Chances, Lesson, Way
from superalign.studies.weak_to_strong.methods.case import Case, Method, plain
from superalign.studies.weak_to_strong.methods.confidence import (
    confident,
    early_stop_gold,
    no_early_stop,
    weighted,
)
from superalign.studies.weak_to_strong.methods.ensembles import bagged, boosted
from superalign.studies.weak_to_strong.methods.preferences import (
    DPO,
    GENERATIVE,
    cwpo,
    generative,
    wdpo,
)
from superalign.studies.weak_to_strong.methods.relabelling import bootstrap, posterior

METHODS: Mapping[str, Method] = {
    "bootstrap": bootstrap,
    "confident": confident,
    "weighted": weighted,
    "bagged": bagged,
    "boosted": boosted,
    "posterior": posterior,
    "no_early_stop": no_early_stop,
    "early_stop_gold": early_stop_gold,
    "generative": generative,
    "wdpo": wdpo,
    "cwpo": cwpo,
}
"""All but the last two train with plain cross-entropy."""
CEILINGS: Mapping[str, Mapping[str, Any]] = {"generative": GENERATIVE, "wdpo": DPO, "cwpo": DPO}
"""Those whose student is a language model first, and how their ceilings are taught."""
PREFERENCES = frozenset({"wdpo", "cwpo"})
"""Those for pairs of replies alone."""
CHEATS = frozenset({"early_stop_gold"})
"""Those whose student sees the truth of its own half."""


def supervisor(name: str, case: Case) -> Lesson:
    """Return the lesson of the supervisor that a student of this method or loss is held against."""
    return case.supervisor(**(DPO if name == "wdpo" else {}))


def ceiling(name: str, case: Case, gold: Chances) -> Lesson:
    """Return the lesson of the student's body on the truth of the student's own half."""
    return case.lesson(gold, **CEILINGS.get(name, {}))


def way(name: str, case: Case) -> Way:
    """Return the method of this name, or the plain way with the loss of this name."""
    return METHODS[name](case) if name in METHODS else plain(case, loss=name)
