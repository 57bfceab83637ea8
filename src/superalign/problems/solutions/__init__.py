"""Worked solutions that published data sets label, whole or step by step."""

from superalign.problems.solutions.read import levels_of, read_solutions
from superalign.problems.solutions.solution import Solution

__all__ = ["Solution", "levels_of", "read_solutions"]
