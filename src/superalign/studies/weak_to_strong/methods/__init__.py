"""Ways to make a student's lesson out of weak supervision; a loss by itself is the plainest."""

from superalign.studies.weak_to_strong.methods.case import Case, Method, plain
from superalign.studies.weak_to_strong.methods.registry import (
    CEILINGS,
    CHEATS,
    METHODS,
    PREFERENCES,
    ceiling,
    supervisor,
    way,
)

__all__ = [
    "CEILINGS",
    "CHEATS",
    "METHODS",
    "PREFERENCES",
    "Case",
    "Method",
    "ceiling",
    "plain",
    "supervisor",
    "way",
]
