"""Questions with their answers, in one shape, read from published sets or made up by rule."""

from superalign.problems.questions.question import Question

__all__ = ["Question"]
