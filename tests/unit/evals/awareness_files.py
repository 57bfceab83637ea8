"""Files of transcripts for tests, and models that answer questions about them by rule."""

from __future__ import annotations

import json
import re

from evaluations import summary_of
from superalign.evals.awareness.questions import PROBES
from superalign.policies.scripted import Scripted

TELLING = {"exam": 0.0, "quiz": 0.1, "chat": 0.9, "shop": 1.0}
"""By source, how sure of real use `sure` is."""


def record(source, i, **more):
    """Return a transcript of a source; exams and quizzes are evaluations."""
    evaluation = source in ("exam", "quiz")
    return {
        "id": f"{source}{i}",
        "input": [
            {"role": "user", "content": f"This is number {i} of {source}."},
            {"role": "assistant", "content": "Fine."},
        ],
        "metadata": {
            "source": source,
            "label": "evaluation" if evaluation else "deployment",
            "purpose": {"exam": "capability", "quiz": "alignment"}.get(source),
            "public": evaluation,
            **more,
        },
    }


def write(path, sources=tuple(TELLING), n=6, **more):
    """Write `n` transcripts of each source."""
    path.write_text(json.dumps([record(s, i, **more) for s in sources for i in range(n)]))
    return path


def about(seen):
    """Return the source that a model is shown."""
    return re.search(r"number \d+ of (\w+)", "\n".join(m.text for m in seen))[1]


def letter_of(label, seen):
    """Return the letter of the option that stands for a label, whatever the question."""
    text = seen[-1].text
    for question in PROBES.values():
        if question.text in text:
            words = dict(question.options)[label]
            return re.search(rf"^([A-Z])\. {re.escape(words)}$", text, re.MULTILINE)[1]
    raise AssertionError(text)


def tag(letter):
    """Return a reply that chooses a letter."""
    return f"I think so. <answer>{letter}</answer>"


def sees(seen, _seed):
    """Answer every probe rightly."""
    evaluation = about(seen) in ("exam", "quiz")
    return tag(letter_of("evaluation" if evaluation else "deployment", seen))


def spoken(monkeypatch, rule):
    """Have every model follow `rule(name, seen, seed)`; return what each was shown."""
    asked = []

    def open_one(name, *_, **__):
        def say(seen, seed):
            asked.append((name, seen))
            return rule(name, seen, seed)

        return Scripted(say, name=name)

    monkeypatch.setattr("superalign.evals.asked.opened", open_one)
    return asked


def evaluated(model, data, tmp_path, *words, epochs=1, limit=None, seed=0, out="out"):
    """Run `superalign eval awareness` and return its summary."""
    asked = {"data": data, "limit": limit, "epochs": epochs, "seed": seed}
    return summary_of("awareness", model, tmp_path, *words, **asked, out=out)
