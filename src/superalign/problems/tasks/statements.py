"""Tasks whose every row holds a text and its class."""

from __future__ import annotations

import random
from dataclasses import dataclass
from string import Formatter

from superalign.problems.rows import Row
from superalign.problems.tasks.fields import label, text
from superalign.problems.tasks.items import Item, classified


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """How a row is read: `template` names the fields that make the text."""

    template: str
    label: str = "label"
    classes: tuple[int, ...] = (0, 1)
    positive: int = 1
    """The class that becomes 1; all others are merged into 0."""
    group: str = ""
    """The field that groups rows; the whole text if empty."""
    until: str = ""
    """The group's field counts up to this mark only."""
    question: tuple[str, ...] = ()
    """The fields that make a question, where a row is one candidate answer to it."""

    def __call__(self, row: Row, rng: random.Random) -> list[Item]:
        """Return the row's item.

        Raises:
            BadInput: If a field is missing or holds something else.
        """
        names = [name for _, name, _, _ in Formatter().parse(self.template) if name]
        said = self.template.format(**{name: text(row, name).strip() for name in names})
        right = label(row, self.label, self.classes) == self.positive
        group = text(row, self.group) if self.group else said
        question = "\n".join(text(row, name) for name in self.question)
        return [classified(said, right, self._group(group), question=question)]

    def _group(self, said: str) -> str:
        return said.partition(self.until)[0] if self.until else said


STATEMENTS = {
    "boolq": Statement(
        template="Passage: {passage}\nQuestion: {question}?\nIs the answer yes?",
        label="answer",
        group="passage",
    ),
    "anli-r2": Statement(
        template="Premise: {premise}\nHypothesis: {hypothesis}\nDoes the hypothesis follow?",
        classes=(0, 1, 2),
        positive=0,
        group="premise",
    ),
    "cola": Statement(template="{sentence}\nIs this sentence grammatical?"),
    "sst2": Statement(template="{sentence}\nIs this review favourable?"),
    "paws": Statement(
        template="First: {sentence1}\nSecond: {sentence2}\nDo both say the same?",
        group="sentence1",
    ),
    "wic": Statement(
        template="First: {sentence1}\nSecond: {sentence2}\nIs {word} used in the same sense?",
        group="word",
    ),
    "twitter-sentiment": Statement(template="{text}\nIs this message favourable?"),
    "ethics-justice": Statement(
        template="{scenario}\nIs this reasonable?", group="scenario", until=" because"
    ),
    "ethics-deontology": Statement(
        template="Asked: {scenario}\nExcuse: {excuse}\nIs the excuse acceptable?", group="scenario"
    ),
    "ethics-virtue": Statement(
        template="{scenario}\nDoes the trait after [SEP] fit the person?",
        group="scenario",
        until="[SEP]",
    ),
    "mc-taco": Statement(
        template="{sentence}\nQuestion: {question}\nAnswer: {answer}\nIs this answer plausible?",
        group="sentence",
        question=("sentence", "question"),
    ),
    "multirc": Statement(
        template="{paragraph}\nQuestion: {question}\nAnswer: {answer}\nIs this answer right?",
        group="paragraph",
        question=("paragraph", "question"),
    ),
}
