"""What an evaluation on ChemBench depends on, beside model and seed, and the questions it asks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from annotated_types import Ge

from superalign.errors import BadInput
from superalign.evals.chembench.prompts import Markup, Style, problem
from superalign.evals.chembench.questions import Question, read_questions
from superalign.evals.chembench.topics import OTHER, TOPICS
from superalign.records import Problem, Record, digest


class ChemBenchConfig(Record):
    """Questions, how they are put, and how replies are read."""

    topics: tuple[str, ...] = ()
    """Only these topics; none takes all."""
    asked_people: bool = False
    """Whether only the questions are put that people were asked too."""
    style: Style = "instruct"
    """`completion` is for models that only go on writing."""
    reason: bool = False
    """Whether the prompt invites to think first."""
    shuffle: bool = False
    """Whether options are put in another order, drawn from the seed."""
    strip: bool = True
    """Whether wrappers of formulas, units, mathematics and molecules are taken off."""
    smiles: tuple[str, str] = ("", "")
    """What is put around a molecule whose wrapper is taken off."""
    compat: bool = False
    """Whether replies are read and scored as the original does, with its errors."""
    extractor: str = ""
    """Model asked what an unreadable reply settles on; `self` is the one that is evaluated."""
    confidence: bool = False
    """Whether the model is also asked how sure it is, in a prompt of its own."""
    people: str = ""
    """Table of people's scores by question, to be compared with."""
    people_share: str = ""
    """The column of that table with the share that was right."""
    temperature: Annotated[float, Ge(0.0)] = 0.0
    max_tokens: Annotated[int, Ge(1)] = 2048

    @property
    def markup(self) -> Markup:
        """What becomes of markup."""
        return Markup(self.strip, self.smiles)

    def problem(self, question: Question) -> Problem:
        """Return the question as it is put."""
        return problem(question, self.style, reason=self.reason, markup=self.markup)


def chosen(
    config: ChemBenchConfig, data: Path | None, *, seed: int, limit: int | None
) -> list[Question]:
    """Return the questions to put; a limit draws them at random, all topics alike.

    Raises:
        BadInput: If the data cannot be read, a topic is unknown, or nothing is left.
    """
    if data is None:
        raise BadInput(
            "chembench needs --data: a folder or JSONL file of its questions, or the data set "
            "jablonkagroup/ChemBench"
        )
    unknown = [t for t in config.topics if t not in (*TOPICS, OTHER)]
    if unknown:
        raise BadInput(f"topic {unknown[0]!r}: there are {', '.join(TOPICS)}")
    wanted = [
        q
        for q in read_questions(data)
        if (not config.topics or q.topic in config.topics)
        and (q.tools is not None or not config.asked_people)
    ]
    if not wanted:
        raise BadInput(f"{data}: no question is left of what was asked for")
    drawn = sorted(wanted, key=lambda q: digest("drawn", seed, q.id))[:limit]
    return [q.shuffled(seed) for q in drawn] if config.shuffle else drawn
