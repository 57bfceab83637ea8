"""One question and its answer, whatever set it is from. Evaluation alone holds these."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from string import ascii_uppercase
from typing import Any, Literal, Self, TypeAlias

from superalign.problems.answers import Mode
from superalign.records import Record, digest, seed_of

Form: TypeAlias = Literal["choice", "answer", "stance", "instruction", "chains", "requests"]
"""What is asked for: one of the options, an answer, to refuse or to help, to follow an
instruction, or what a world's oracle knows."""
REFUSE, HELP = "refuse", "help"


class Question(Record):
    """A question with its answer. What a model is shown is made from it and holds no answer."""

    id: str
    form: Form
    prompt: str
    brief: str = ""
    """What stands before the prompt for whoever was not made for it, such as a world's rules."""
    options: tuple[str, ...] = ()
    right: tuple[int, ...] = ()
    """Indices of the right options."""
    listed: bool = True
    """Whether options are shown, with letters; else one is named by its words."""
    gold: str = ""
    """The answer of other forms: a text, `refuse` or `help`, or an instruction as JSON."""
    mode: Mode = "exact"
    """How an answer is compared."""
    worked: str = ""
    """A right reply in full, where the source has one."""
    group: str = ""
    """Questions of a group are no independent draws."""
    facets: Mapping[str, str] = {}
    """What its set says of it, by name."""
    area: str = ""
    """The capability that it is asked for."""

    @classmethod
    def of(cls, form: Form, prompt: str, **fields: Any) -> Self:
        """Make a question whose id is the digest of what it asks; alone it is a group."""
        made = cls(id="", form=form, prompt=prompt, **fields)
        name = digest(made.prompt, made.options, made.gold if form == "instruction" else "")
        return made.model_copy(update={"id": name, "group": made.group or name})

    @property
    def letters(self) -> str:
        """The letters of the options."""
        return ascii_uppercase[: len(self.options)]


def choice(prompt: str, options: Sequence[str], right: Sequence[int], **fields: Any) -> Question:
    """Return a question with its options in the order given."""
    return Question.of(
        "choice", prompt, options=tuple(options), right=tuple(sorted(right)), **fields
    )


def shuffled(prompt: str, options: Sequence[str], right: Sequence[int], **fields: Any) -> Question:
    """As `choice`, with the options in an order that the question itself decides."""
    order = list(range(len(options)))
    random.Random(seed_of("options", prompt, list(options))).shuffle(order)
    places = [order.index(i) for i in right]
    return choice(prompt, [options[i] for i in order], places, **fields)
