"""Intervals of evaluations rest on fewer resamples here than in earnest."""

import pytest


@pytest.fixture(autouse=True, scope="module")
def few():
    with pytest.MonkeyPatch.context() as patch:
        for name in ("awareness", "goexplore", "kumo", "paradox"):
            patch.setattr(f"superalign.evals.{name}.summary.RESAMPLES", 100)
        yield
