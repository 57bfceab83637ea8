"""Ways to make a student's lesson out of weak supervision; a loss by itself is the plainest."""

from superalign.studies.weak_to_strong.methods.case import Case, Method, plain
from superalign.studies.weak_to_strong.methods.registry import CHEATS, METHODS, way

__all__ = ["CHEATS", "METHODS", "Case", "Method", "plain", "way"]
