"""Every formula against published vectors and values worked out by hand.

The checks take the module they check, so that `test_seeded_faults` can show that they bite.
"""

import importlib

import pytest
import vectors_areas
import vectors_awareness
import vectors_clusters
import vectors_credit
import vectors_drift
import vectors_evaluators
import vectors_guards
import vectors_learners
import vectors_measures
import vectors_modalities
import vectors_oversight
import vectors_paradox
import vectors_published
import vectors_roles
import vectors_routing
import vectors_voting

CHECKS = {
    **vectors_credit.CHECKS,
    **vectors_oversight.CHECKS,
    **vectors_routing.CHECKS,
    **vectors_learners.CHECKS,
    **vectors_measures.CHECKS,
    **vectors_drift.CHECKS,
    **vectors_guards.CHECKS,
    **vectors_evaluators.CHECKS,
    **vectors_voting.CHECKS,
    **vectors_roles.CHECKS,
    **vectors_modalities.CHECKS,
    **vectors_awareness.CHECKS,
    **vectors_clusters.CHECKS,
    **vectors_paradox.CHECKS,
    **vectors_published.CHECKS,
    **vectors_areas.CHECKS,
}


@pytest.mark.parametrize(
    ("module", "check"),
    [(name, check) for name, checks in CHECKS.items() for check in checks],
    ids=lambda x: x.rpartition(".")[2] if isinstance(x, str) else x.__name__,
)
def test_the_code_agrees_with(module, check):
    check(importlib.import_module(module))
