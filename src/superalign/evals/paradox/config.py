"""What an evaluation of the paradox depends on, beside model and seed, and its items."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from annotated_types import Ge, Le

from superalign.problems.answers import Mode
from superalign.problems.paradox.item import Item
from superalign.problems.paradox.sources import items
from superalign.records import Record

GIVEN, OWN, EXACT, NONE = "given", "own", "exact", "none"


class ParadoxConfig(Record):
    """Items, how they are made and chosen among, and who judges and asks."""

    data: str = ""
    """A data set or world by name; empty reads the items of `--data`."""
    n: Annotated[int, Ge(1)] = 100
    """Items drawn of a world."""
    k: Annotated[int, Ge(2), Le(26)] = 4
    """Candidates to choose from, where there are so many."""
    hard: str = GIVEN
    """Where near misses come from: `given` with the data, the model's `own` wrong answers, or those
    of the model of this name."""
    draws: Annotated[int, Ge(1)] = 4
    """Answers drawn of a model to find wrong ones among, at temperature 1."""
    select: Literal["letter", "likelihood"] | None = None
    """How a choice is made; null asks for a letter where the model chats, and otherwise takes the
    candidate that the model finds likeliest."""
    judge: str = EXACT
    """Who judges what was made: `exact`, a CSV file of people's judgements, or a model."""
    grader: Mode = "exact"
    """How answers in words are compared, where that is exact."""
    questions: str = EXACT
    """Who asks about what was made: `exact`, `none`, a JSONL file of people's, or a model."""
    asks: Annotated[int, Ge(1)] = 2
    """Questions about each answer, at most."""
    good: bool = False
    """Whether only right answers are asked about."""
    reason: bool = False
    """Whether the model is invited to think first, alike in making and in choosing."""
    people: str = ""
    """CSV file with people's shares right by item, to be compared with."""
    temperature: Annotated[float, Ge(0.0)] = 0.0
    max_tokens: Annotated[int, Ge(1)] = 512
    """Tokens of every reply, made or choosing, at most."""

    @property
    def matters(self) -> dict[str, object]:
        """What replies depend on: files about them may come later, to the same folder."""
        return self.model_dump(mode="json", exclude={"judge", "questions", "people", "good"})


def chosen(config: ParadoxConfig, data: Path | None, *, seed: int, limit: int | None) -> list[Item]:
    """Return the items, each with its wrong answers.

    Raises:
        BadInput: If the data cannot be read or hold nothing that can be asked.
    """
    return items(config.data, data, n=config.n, limit=limit, wrong=config.k - 1, seed=seed)
