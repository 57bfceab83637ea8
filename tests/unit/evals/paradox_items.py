"""Items for tests of the paradox, and models that answer by rule."""

from __future__ import annotations

import json

from evaluations import summary_of
from superalign.policies.scripted import Scripted

N = 30
ROWS = [
    {
        "id": str(i),
        "input": f"Which word is number {i}?",
        "reference": f"word{i}",
        "neg_hard": [f"word{i}{x}" for x in "abc"],
    }
    for i in range(N)
]


def write(path):
    """Write the items."""
    path.write_text("\n".join(map(json.dumps, ROWS)))
    return path


def evaluated(model, data, out, *words, limit=None, seed=0, epochs=1):
    """Run `superalign eval paradox` and return its summary."""
    return summary_of(
        "paradox", model, out, *words, data=data, limit=limit, epochs=epochs, seed=seed, out=""
    )


def spoken(monkeypatch, rule, policy=Scripted):
    """Have every model follow `rule(name, text, seed)`; return what each was asked."""
    asked = []

    def open_one(name, *_, **settings):
        def say(seen, seed):
            asked.append((name, seen[-1].text))
            return rule(name, seen[-1].text, seed)

        return policy(say, name=f"{name} {settings['temperature']}")

    monkeypatch.setattr("superalign.evals.asked.opened", open_one)
    return asked


def knows(name, text, seed):
    """Make the right word, and choose it wherever it stands."""
    number = text.partition("number ")[2].partition("?")[0]
    lines = [x for x in text.split("\n") if x[3:] == f"word{number}" and x[1:3] == ". "]
    return f"Answer: {lines[0][0]}" if lines else f"Answer: word{number}"
