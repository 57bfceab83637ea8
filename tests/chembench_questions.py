"""Questions made up for tests of ChemBench, and where the published ones lie."""

from __future__ import annotations

from pathlib import Path

from superalign.evals.chembench.questions import Question

CHEMBENCH = Path(__file__).parents[2] / "shared" / "data" / "chembench"
ABSENT = "../shared/data/chembench is not there"


def letters(*options, right="A", **fields):
    """Return a question with options, of which `right` names those that are right."""
    options = options or ("Methane", "Ethane", "Propane", "Butane")
    scores = tuple(float("ABCDEFGHIJ"[i] in right) for i in range(len(options)))
    made = {"id": "gas", "text": "Which gas?", "options": options, "scores": scores, **fields}
    return Question(**made)


def numeric(target="5", **fields):
    """Return a question for a number."""
    return Question(**{"id": "count", "text": "How many?", "target": target, **fields})


def row(**fields):
    """Return a question as its file holds it."""
    return {
        "name": "gas",
        "keywords": ["organic-chemistry", "requires-knowledge", "dfficulty-basic"],
        "examples": [{"input": "Which gas?", "target_scores": {"Methane": 1, "Ethane": 0}}],
        "metrics": ["multiple_choice_grade"],
        **fields,
    }
