"""What a profile depends on, beside model and seed, and the questions it asks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from random import Random
from typing import Annotated, Literal, TypeAlias

from annotated_types import Ge, Le

from superalign.errors import BadInput
from superalign.evals.capabilities.forms import FORMS
from superalign.evals.capabilities.registry import CALIBRATION, CAPABILITIES, DECLARED, Capability
from superalign.problems.questions import Question
from superalign.records import Problem, Record, digest, seed_of

SAMPLES = Path(__file__).parent / "samples"
"""Rows of the project's own, in the published formats; they show that all runs, and no more."""
Speaks: TypeAlias = Literal["chat", "plain"]
"""Whether a model takes messages, or goes on with a text."""


class CapabilitiesConfig(Record):
    """Areas, and how questions are put."""

    areas: tuple[str, ...] | str = ()
    """Only these, by area or by folder, as a list or with commas; none takes all there are."""
    choices: Literal["likelihood", "letters", "auto"] = "auto"
    """Whether options are weighed by their log-probabilities, or one is named by its letter;
    `auto` weighs where the model's log-probabilities can be read."""
    speaks: Literal["chat", "plain", "auto"] = "auto"
    """Whether the rules of a world are told; `auto` leaves them out for a model that only goes on
    with a text, which must have been made for the world."""
    shots: Annotated[int, Ge(0)] = 0
    """Answered questions of the same set that are shown before each, and not asked."""
    made: Annotated[int, Ge(1), Le(2000)] = 40
    """Questions of each area that are made by rule; there are some thousands of instructions."""
    temperature: Annotated[float, Ge(0.0)] = 0.0
    max_tokens: Annotated[int, Ge(1)] = 512

    def wanted(self) -> list[str]:
        """Return the areas asked for, in the order of the registry.

        Raises:
            BadInput: If one is unknown, or is declared alone.
        """
        asked = self.areas.split(",") if isinstance(self.areas, str) else self.areas
        names = [a.strip() for a in asked if a.strip()]
        for name in names:
            if name in DECLARED:
                raise BadInput(f"{name}: is not measured here: {DECLARED[name]}")
            if name not in {*CAPABILITIES, *(c.folder for c in CAPABILITIES.values())}:
                raise BadInput(f"no area {name!r}; there are {', '.join(CAPABILITIES)}")
        return [a for a, c in CAPABILITIES.items() if not names or a in names or c.folder in names]


@dataclass(slots=True)
class Chosen:
    """What is asked, and what is left out with the reason."""

    questions: dict[str, list[Question]] = field(default_factory=dict)
    """By area."""
    shots: dict[str, list[Question]] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    calibrated: bool = False
    """Whether calibration is read off the choices."""

    @property
    def all(self) -> list[Question]:
        """The questions of all areas."""
        return [q for own in self.questions.values() for q in own]

    def problem(self, question: Question, speaks: Speaks) -> Problem:
        """Return a question as a model is shown it, with the answered ones before it."""
        brief = question.brief if speaks == "chat" else ""
        form = FORMS[question.form]
        before = "".join(
            f"{form.shown(q)}{form.ideal(q)}\n\n" for q in self.shots.get(question.area, ())
        )
        return Problem(id=question.id, prompt=brief + before + form.shown(question))

    def opening(self, question: Question) -> str:
        """Return the text that each option goes on, where options are weighed and not listed."""
        before = "".join(
            f"{_cue(q)} {q.options[q.right[0]]}\n\n" for q in self.shots.get(question.area, ())
        )
        return before + _cue(question)


def _cue(question: Question) -> str:
    return f"{question.prompt}\nAnswer:"


def chosen(
    config: CapabilitiesConfig,
    data: Path | None,
    *,
    seed: int,
    limit: int | None,
    weighs: bool = False,
    native: bool = True,
) -> Chosen:
    """Return the questions to ask; a limit draws as many at random from each area.

    Without data the project's own samples are asked. An area whose files are not there, or that
    the model cannot be asked for, is left out with the reason; one that was named must be there.

    Args:
        config: The areas.
        data: A folder with a folder for each set.
        seed: Of what is drawn and made.
        limit: Questions of each area, at most.
        weighs: Whether the model's log-probabilities are read.
        native: Whether the model may know the language of a world.

    Raises:
        BadInput: If an area that was named cannot be read, a row is broken, or nothing is left.
    """
    found = Chosen()
    for area in config.wanted():
        capability = CAPABILITIES[area]
        why = _unfit(capability, weighs=weighs, native=native)
        if why:
            found.left_out[area] = why
            continue
        if area == CALIBRATION:
            found.calibrated = True
            continue
        questions = _asked(area, capability, config, data, seed)
        if isinstance(questions, str):
            if config.areas:
                raise BadInput(questions)
            found.left_out[area] = questions
            continue
        drawn = sorted(questions, key=lambda q: digest("drawn", seed, q.id))
        found.shots[area] = drawn[: config.shots]
        found.questions[area] = drawn[config.shots :][:limit]
        if not found.questions[area]:
            raise BadInput(f"{area}: {len(drawn)} questions leave none beside {config.shots} shots")
    if not found.questions:
        left = "; ".join(f"{a} {why}" for a, why in found.left_out.items())
        raise BadInput(
            left or f"{CALIBRATION} is read off choices: name areas of choices beside it"
        )
    return found


def _unfit(capability: Capability, *, weighs: bool, native: bool) -> str:
    """Return why a model cannot be asked, if so."""
    if capability.weighs and not weighs:
        return "needs a model whose log-probabilities can be read, and choices that are weighed"
    if capability.native and not native:
        return "speaks a language that only models made for it know, such as requests-800k"
    return ""


def _asked(
    area: str, capability: Capability, config: CapabilitiesConfig, data: Path | None, seed: int
) -> Sequence[Question] | str:
    """Return the questions of an area, each once; or what is not there."""
    if capability.make:
        rng = Random(seed_of(seed, area, "made"))
        asked = capability.make(rng)
    else:
        assert capability.read is not None
        folder = (data or SAMPLES) / capability.folder
        files = _files(folder, capability.files)
        if not files:
            return f"{folder}: is not there, or holds no {' or '.join(capability.files)}"
        read = capability.read
        asked = (q for file in files for q in read(file))
    wanted = config.made + config.shots if capability.make else None
    found = list(islice(_once(asked), wanted))
    return [
        q.model_copy(update={"area": area}) for q in found
    ] or f"{data}: holds no rows of {area}"


def _once(questions: Iterable[Question]) -> Iterator[Question]:
    """Yield each question once."""
    seen = set()
    for question in questions:
        if question.id not in seen:
            seen.add(question.id)
            yield question


def _files(folder: Path, patterns: Sequence[str]) -> list[Path]:
    found = (sorted(folder.glob(p)) for p in patterns)
    return next((files for files in found if files), [])
