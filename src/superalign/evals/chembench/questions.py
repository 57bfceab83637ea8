"""ChemBench's question files, read as published: folders of JSON, JSONL, or the hub's rows.

The canary string says that none of it may be trained on; it is kept out of everything written.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from math import isfinite, nan
from pathlib import Path, PurePosixPath
from random import Random
from string import ascii_uppercase
from typing import Any

from superalign.errors import BadInput
from superalign.evals.chembench.topics import level_of, skills_of, topic_of
from superalign.problems.rows import Row, read_document, read_rows
from superalign.records import Record, digest, seed_of

HUB_PARTS = (
    "analytical_chemistry",
    "chemical_preference",
    "general_chemistry",
    "inorganic_chemistry",
    "materials_science",
    "organic_chemistry",
    "physical_chemistry",
    "technical_chemistry",
    "toxicity_and_safety",
)
"""Parts of the data set `jablonkagroup/ChemBench` on the Hugging Face hub."""


class Question(Record):
    """A question with its answer: only what scores may hold one."""

    id: str
    """The name that published reports use: last folder, file and name, joined by dashes."""
    text: str
    options: tuple[str, ...] = ()
    """In the order in which they are lettered; empty where a number is asked for."""
    scores: tuple[float, ...] = ()
    """What choosing each option is worth; 1 is right."""
    target: str | None = None
    """The number asked for, as written."""
    tolerance: float | None = None
    """Distance from the number that still counts, where the file states one."""
    keywords: tuple[str, ...] = ()
    tools: bool | None = None
    """Whether people were asked it with tools or without; null where they were not asked."""

    @property
    def topic(self) -> str:
        """The topic, as the published classification has it."""
        return topic_of(self.keywords)

    @property
    def skills(self) -> str:
        """Skills asked for, joined by `+`."""
        return skills_of(self.keywords)

    @property
    def level(self) -> int | None:
        """1 is basic, 2 advanced."""
        return level_of(self.keywords)

    @property
    def letters(self) -> str:
        """The letters to choose from."""
        return ascii_uppercase[: len(self.options)]

    @property
    def right(self) -> frozenset[str]:
        """Letters of the right options; half a point is not right."""
        return frozenset(
            x for x, score in zip(self.letters, self.scores, strict=True) if score == 1
        )

    def shuffled(self, seed: int) -> Question:
        """Return the question with its options in another order."""
        order = list(range(len(self.options)))
        Random(seed_of(seed, self.id)).shuffle(order)
        options, scores = (tuple(v[i] for i in order) for v in (self.options, self.scores))
        return self.model_copy(update={"options": options, "scores": scores})


def read_questions(where: Path) -> list[Question]:
    """Return the questions of a file, a folder or the hub, sorted by id.

    A folder holds either a file `questions*.jsonl` or, at any depth, one JSON file per question.

    Raises:
        BadInput: If nothing is there, or a question is broken or there twice.
    """
    found: dict[str, Question] = {}
    for row in _rows(where):
        for question in _questions(row):
            if question.id in found:
                raise BadInput(f"{row.place}: question {question.id!r} is there twice")
            found[question.id] = question
    if not found:
        raise BadInput(f"{where}: holds no questions")
    return [found[name] for name in sorted(found)]


def _rows(where: Path) -> Iterator[Row]:
    """Yield the questions of the files, each with the path that names it."""
    if where.is_dir():
        lists = sorted(where.glob("questions*.jsonl"))
        yield from _files(where) if not lists else read_rows(lists[0])
    elif where.exists() or where.suffix:
        yield from read_rows(where)
    elif len(where.parts) != 2 or where.is_absolute():
        raise BadInput(f"{where}: no such file or folder")
    else:
        for part in HUB_PARTS:
            yield from read_rows(where, split="train", config=part)


def _files(folder: Path) -> Iterator[Row]:
    for path in sorted(folder.rglob("*.json")):
        fields = read_document(path)
        if isinstance(fields, dict) and "examples" in fields:
            yield Row(str(path), {**fields, "path": path.as_posix()})


def _questions(row: Row) -> Iterator[Question]:
    examples = row.fields.get("examples")
    if not isinstance(examples, list) or not examples:
        raise BadInput(f"{row.place}: field 'examples' holds no list of questions")
    for i, example in enumerate(examples):
        if not isinstance(example, Mapping):
            raise BadInput(f"{row.place}: field 'examples.{i}' is no object")
        place = f"{row.place}: examples.{i}"
        yield _question(row, example, place, suffix=f"#{i}" if len(examples) > 1 else "")


def _question(row: Row, example: Mapping[str, Any], place: str, *, suffix: str) -> Question:
    worth = _scores(example.get("target_scores"), place)
    fields = {
        "text": example.get("input"),
        "options": tuple(worth),
        "scores": tuple(worth.values()),
        "target": None if worth else _number(example.get("target"), place),
        "tolerance": row.fields.get("tolerance", row.fields.get("relative_tolerance")),
        "keywords": tuple(row.fields.get("keywords") or ()),
        "tools": _tools(row.fields),
    }
    name = _name(row, fields["text"], fields["options"])
    return Question.read({"id": name + suffix, **fields}, place)


def _name(row: Row, text: object, options: object) -> str:
    """Return what reports call a question; rows of the hub have no path, so the content names."""
    name = str(row.fields.get("name", ""))
    path = row.fields.get("path")
    if not path:
        return f"{name}-{digest(text, options)}"
    file = PurePosixPath(str(path))
    return f"{file.parent.name}-{file.stem}-{name}"


def _scores(found: object, place: str) -> dict[str, float]:
    """Return what each option is worth; the hub keeps the object as JSON text."""
    if isinstance(found, str):
        try:
            found = json.loads(found)
        except ValueError:
            raise BadInput(f"{place}: field 'target_scores' is not valid JSON") from None
    if found is None:
        return {}
    numbers = isinstance(found, Mapping) and all(isinstance(v, int | float) for v in found.values())
    if not isinstance(found, Mapping) or not numbers or not 1 < len(found) <= len(ascii_uppercase):
        raise BadInput(f"{place}: field 'target_scores' holds no 2 to 26 options with numbers")
    if 1 not in found.values():
        raise BadInput(f"{place}: field 'target_scores' has no right option")
    return dict(found)


def _number(found: object, place: str) -> str:
    try:
        number = float(str(found))
    except ValueError:
        number = nan
    if not isfinite(number):
        raise BadInput(f"{place}: there are neither 'target_scores' nor a number 'target'")
    return str(found).strip()


def _tools(fields: Mapping[str, Any]) -> bool | None:
    asked = {True: "in_humansubset_w_tool", False: "in_humansubset_wo_tool"}
    return next((tools for tools, name in asked.items() if fields.get(name) is True), None)
