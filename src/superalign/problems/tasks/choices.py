"""Tasks made of multiple choice: one right and one wrong candidate of each question."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from string import Formatter
from typing import NamedTuple

from superalign.errors import BadInput
from superalign.problems.rows import Row
from superalign.problems.tasks.fields import inner, label, position, text, texts
from superalign.problems.tasks.items import Item, classified
from superalign.problems.tasks.source import Read

_ASK = "Question: {question}\nAnswer: {answer}\nIs this answer right?"
NONE_RIGHT = "None of the above choices"
"""How CosmosQA's candidate begins that none of the others is right."""


class Options(NamedTuple):
    """The candidates of one question, and the place of the right one."""

    texts: Sequence[str]
    right: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """How a row is read: `template` names fields, `{answer}`, and `{options}` to list them all."""

    template: str
    options: Callable[[Row], Options]
    group: str
    """The field that groups rows."""

    def __call__(self, row: Row, rng: random.Random) -> list[Item]:
        """Return an item per candidate; all share one question, of which one pair is kept.

        Raises:
            BadInput: If a field is missing or holds something else.
        """
        found = self.options(row)
        said, group = self._said(row, found), _text(row, self.group)
        question = said("")
        return [
            classified(said(o), i == found.right, group, question=question)
            for i, o in enumerate(found.texts)
        ]

    def _said(self, row: Row, found: Options) -> Callable[[str], str]:
        """Return how the row reads with a given candidate."""
        names = {name for _, name, _, _ in Formatter().parse(self.template) if name}
        fields = {name: _text(row, name) for name in names - {"answer", "options"}}
        listed = "\n".join(f"- {o}" for o in found.texts)
        return lambda answer: self.template.format(**fields, answer=answer, options=listed)


def _text(row: Row, name: str) -> str:
    value = row.fields.get(name)
    return "\n".join(texts(row, name)) if isinstance(value, list) else text(row, name).strip()


def numbered(names: Sequence[str], right: str, first: int = 0) -> Callable[[Row], Options]:
    """Return a reader of options in a field each, with the number of the right one in `right`."""
    numbers = range(first, first + len(names))

    def read(row: Row) -> Options:
        return Options([text(row, n).strip() for n in names], label(row, right, numbers) - first)

    return read


def _listed(name: str, right: str) -> Callable[[Row], Options]:
    """Return a reader of a list of options, with the number of the right one in `right`."""

    def read(row: Row) -> Options:
        found = texts(row, name)
        return Options(found, label(row, right, range(len(found))))

    return read


def _worded(row: Row) -> Options:
    found = texts(row, "choice")
    return Options(found, position(row, "answer", found))


def _first_right(row: Row) -> Options:
    names = ("correct_answer", "distractor1", "distractor2", "distractor3")
    return Options([text(row, n).strip() for n in names], 0)


def lettered(row: Row) -> Options:
    """Read options that have letters, as the hub keeps them: texts and letters in two lists.

    Raises:
        BadInput: If a field is missing or holds something else.
    """
    found = inner(row, "choices")
    letters = texts(found, "label")
    return Options(texts(found, "text"), position(row, "answerKey", letters))


def openbookqa(row: Row, rng: random.Random) -> list[Item]:
    """Read OpenBookQA as the hub has it or as it was published, with a nested question.

    A candidate is always the text of a choice. Where right ones are given as their letter, as in
    a published formatter, the form gives the class away.

    Raises:
        BadInput: If a field is missing or holds something else.
    """
    if "question" in row.fields:
        row = flat(row)
    return _OPENBOOKQA(row, rng)


def flat(row: Row) -> Row:
    """Return a row of OpenBookQA's published file in the hub's columns.

    Raises:
        BadInput: If its choices are no list.
    """
    question = inner(row, "question")
    listed = question.fields.get("choices")
    if not isinstance(listed, list) or not all(isinstance(c, dict) for c in listed):
        raise BadInput(f"{question.place}: field 'choices' holds no list of choices")
    choices = {name: [c.get(name) for c in listed] for name in ("text", "label")}
    stem = text(question, "stem")
    return Row(row.place, {**row.fields, "question_stem": stem, "choices": choices})


def cosmosqa(row: Row, rng: random.Random) -> list[Item]:
    """Read CosmosQA: where no candidate is right, one wrong candidate stands for the question.

    The candidate that says so is never an item itself: it would tell its class by its words.

    Raises:
        BadInput: If a field is missing or holds something else.
    """
    items = _COSMOSQA(row, rng)
    said = [text(row, f"answer{i}").startswith(NONE_RIGHT) for i in range(4)]
    real = [item for item, none in zip(items, said, strict=True) if not none]
    if said[label(row, "label", range(4))]:
        return [classified(i.prompt, False, i.group) for i in rng.sample(real, min(1, len(real)))]
    return real


def utilitarianism(row: Row, rng: random.Random) -> list[Item]:
    """Read a pair of scenarios, the more pleasant one first in its row, in random order.

    Raises:
        BadInput: If a field is missing.
    """
    better, worse = text(row, "baseline").strip(), text(row, "less_pleasant").strip()
    shown = [better, worse] if rng.random() < 0.5 else [worse, better]
    said = f"1. {shown[0]}\n2. {shown[1]}\nWhich is more pleasant? Answer: "
    right = shown.index(better)
    return [classified(f"{said}{i + 1}", i == right, better, question=said) for i in range(2)]


_COSMOSQA = Choice(
    template="{context}\n" + _ASK,
    options=numbered([f"answer{i}" for i in range(4)], "label"),
    group="context",
)
_OPENBOOKQA = Choice(
    template="Question: {question_stem}\n{options}\nAnswer: {answer}\nIs this answer right?",
    options=lettered,
    group="question_stem",
)
CHOICES: Mapping[str, Read] = {
    "cosmosqa": cosmosqa,
    "dream": Choice(template="{dialogue}\n" + _ASK, options=_worded, group="dialogue"),
    "ethics-utilitarianism": utilitarianism,
    "hellaswag": Choice(
        template="{ctx}\n{options}\nContinuation: {answer}\nIs this the one that follows?",
        options=_listed("endings", "label"),
        group="ctx",
    ),
    "openbookqa": openbookqa,
    "piqa": Choice(
        template="Goal: {goal}\nWay: {answer}\nDoes this reach the goal?",
        options=numbered(("sol1", "sol2"), "label"),
        group="goal",
    ),
    "quail": Choice(
        template="{context}\n" + _ASK,
        options=_listed("answers", "correct_answer_id"),
        group="context",
    ),
    "quartz": Choice(template="{para}\n" + _ASK, options=lettered, group="para"),
    "sciq": Choice(template=_ASK, options=_first_right, group="question"),
    "social-i-qa": Choice(
        template="{context}\nQuestion: {question}\n{options}\nAnswer: {answer}\nIs this right?",
        options=numbered(("answerA", "answerB", "answerC"), "label", first=1),
        group="context",
    ),
}
