"""Methods by name."""

from __future__ import annotations

from collections.abc import Mapping

from superalign.studies.weak_to_strong.lessons import Way
from superalign.studies.weak_to_strong.methods.case import Case, Method, plain
from superalign.studies.weak_to_strong.methods.confidence import (
    confident,
    early_stop_gold,
    no_early_stop,
    weighted,
)
from superalign.studies.weak_to_strong.methods.ensembles import bagged, boosted
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
}
"""All train with plain cross-entropy."""
CHEATS = frozenset({"early_stop_gold"})
"""Those whose student sees the truth of its own half."""


def way(name: str, case: Case) -> Way:
    """Return the method of this name, or the plain way with the loss of this name."""
    return METHODS[name](case) if name in METHODS else plain(case, loss=name)
