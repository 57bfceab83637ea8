"""The records that flow through the house: frozen, JSON in and out, named by their content.

A *move* records exactly what a seat saw and what it said. A *training example* is a move plus a
weight. Nothing here knows a right answer: gold is a critic, never a field.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any, Literal, NoReturn, Protocol, Self

from annotated_types import Ge, Le
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from superalign.errors import BadInput


def digest(*parts: object) -> str:
    """Return 16 hex digits that name `parts` by content; `parts` must be JSON or records."""
    return hashlib.blake2b(_json(parts).encode(), digest_size=8).hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    raise TypeError(f"cannot name a {type(value).__name__} by content")


_json = json.JSONEncoder(sort_keys=True, separators=(",", ":"), default=_plain).encode


def _whole(value: object) -> object:
    """Return `value` with every text in it, however deep, encodable."""
    if isinstance(value, str):
        return _encodable(value)
    if isinstance(value, list):
        return [_whole(v) for v in value]
    if isinstance(value, tuple):
        return tuple(_whole(v) for v in value)
    if isinstance(value, Mapping):
        return {_whole(k): _whole(v) for k, v in value.items()}
    return value


def _encodable(text: str) -> str:
    if text.isascii() or not any("\ud800" <= c <= "\udfff" for c in text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def seed_of(*parts: object) -> int:
    """Return a seed in [0, 2**63) derived from `parts`, for instance (seed, problem id, sample)."""
    return int(digest(*parts), 16) >> 1


_PLAIN = {"missing": "is missing", "extra_forbidden": "is no field that is known here"}
"""Errors of a field, by their type, in words that need no library to be understood."""


class Record(BaseModel):
    """Frozen data that compares and travels by value.

    Half a surrogate pair, which JSON from outside may hold but UTF-8 cannot, becomes U+FFFD.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="constants")

    @field_validator("*", mode="before")
    @classmethod
    def _writable(cls, value: object) -> object:
        return _whole(value)

    @classmethod
    def read(cls, data: object, place: str) -> Self:
        """Return `data`, which came from outside, as this record.

        Raises:
            BadInput: If a field is wrong or missing; the line names `place` and the first such.
        """
        try:
            return cls.model_validate(data)
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(map(str, first["loc"]))
            why = _PLAIN.get(first["type"], first["msg"])
            raise BadInput(": ".join(filter(None, (place, field, why)))) from error


class Media(Record):
    """A picture, sound or file shown beside the text."""

    kind: Literal["image", "audio", "video", "file"]
    uri: str
    mime: str = ""


class Message(Record):
    """One message as a model sees it."""

    role: Literal["system", "user", "assistant"]
    text: str
    media: tuple[Media, ...] = ()


class Problem(Record):
    """A question. It carries no answer: whoever may know the answer is a critic."""

    id: str
    prompt: str
    source: str = ""
    """A passage that a game may hide from some seats."""
    choices: tuple[str, ...] = ()
    level: int | None = None
    """Difficulty as its source states it."""
    parent: str | None = None
    """Id of the problem that this one was mutated from."""
    tags: tuple[str, ...] = ()
    """Where it belongs, for instance the attack families it was made with."""

    @classmethod
    def of(cls, prompt: str, **fields: Any) -> Self:
        """Make a problem whose id is the digest of its prompt, source and choices."""
        made = cls(id="", prompt=prompt, **fields)
        name = digest(made.prompt, made.source, made.choices)
        return made.model_copy(update={"id": name})


class Reply(Record):
    """What a policy said, and how it stopped saying it."""

    text: str
    stop: Literal["end", "length", "refused", "error"] = "end"
    tokens: int | None = None
    """Tokens generated, the end token included."""
    logprob: float | None = None
    """Sum of the log-probabilities of those tokens at temperature 1, in nats."""
    error: str = ""
    """Why there is no text, when `stop` is `error`."""

    @property
    def came(self) -> bool:
        """Whether there is a reply at all, cut off or whole; what never came is no wrong answer."""
        return self.stop not in ("error", "refused")


class Move(Record):
    """One turn of one seat."""

    seat: str
    policy: str
    """Id of the policy that spoke."""
    seen: tuple[Message, ...]
    reply: Reply


class Outcome(StrEnum):
    """What a critic concludes. `UNSCORED` is no failure and no pass; it has no truth value."""

    PASS = "pass"
    FAIL = "fail"
    UNSCORED = "unscored"

    @classmethod
    def of(cls, passed: bool) -> Outcome:
        """Return `PASS` or `FAIL`."""
        return cls.PASS if passed else cls.FAIL

    def __bool__(self) -> NoReturn:
        raise TypeError("an outcome has three values; compare it with Outcome.PASS or Outcome.FAIL")


class Issue(Record):
    """One defect that a critic names."""

    quote: str
    """The words at fault, literally as in the reply."""
    why: str
    step: int | None = None
    """Index of the step at fault."""
    start: int | None = None
    """Where the quote first stands in the reply, in characters; `end` is one past its last."""
    end: int | None = None
    dimension: str = ""
    """The dimension that the defect belongs to, where the critic tells several apart."""
    severity: Annotated[int, Ge(0), Le(3)] | None = None
    """From 0, a blemish, to 3, the reply cannot be used; null where none was given."""
    fix: str | None = None
    """Words to put in place of the quote; empty to strike it out, null where none were given."""

    def mended(self, reply: str) -> str | None:
        """Return `reply` with the fix in place of the quote, or None where that cannot be done."""
        if self.fix is None or self.quote not in reply:
            return None
        return reply.replace(self.quote, self.fix, 1)


class Verdict(Record):
    """What one critic says of one bare episode."""

    critic: str
    """Id of the critic, which changes when its weights, prompt or calibration change."""
    outcome: Outcome
    kind: str = ""
    """A finer class of the domain, for instance `over_refusal`."""
    confidence: float | None = None
    """Calibrated probability that the episode is good, in [0, 1]; null where none was given."""
    raw: float | None = None
    """The same probability before any calibration; null where none was given."""
    scores: Mapping[str, float | None] = {}
    """By dimension, in [0, 1]; a missing dimension is null, never 0."""
    steps: tuple[float, ...] = ()
    """Probability that each step is right, where the critic reads steps."""
    critique: str = ""
    issues: tuple[Issue, ...] = ()
    ungrounded: int = 0
    """Issues dropped because their quote is not in the reply."""
    samples: int | None = None
    """Samples, or members of a panel, that the verdict rests on."""
    missing: int = 0
    """Samples, or members, that gave no verdict and count for nothing."""
    agreement: float | None = None
    """Share of the samples, or members, on the verdict's side."""
    uncertainty: Mapping[str, float] = {}
    """By measure: variance, and entropies in nats, of the samples or members."""

    @property
    def uncalibrated(self) -> float | None:
        """The probability before any calibration: `raw`, or the confidence of a critic without."""
        return self.confidence if self.raw is None else self.raw

    @property
    def chance(self) -> float | None:
        """The best probability there is that the episode is good: calibrated, raw, or a score."""
        if self.confidence is not None:
            return self.confidence
        return self.scores.get("right") if self.raw is None else self.raw

    @property
    def belief(self) -> float | None:
        """`chance`, or certainty of the outcome where there is none; null of the unscored."""
        if self.outcome is Outcome.UNSCORED:
            return None
        return float(self.outcome is Outcome.PASS) if self.chance is None else self.chance


class Episode(Record):
    """One play of a game on a problem. Its id is the content of the play, verdicts left out."""

    id: str
    problem: Problem
    game: str
    seed: int
    moves: tuple[Move, ...]
    verdicts: tuple[Verdict, ...] = ()

    @classmethod
    def of(cls, problem: Problem, game: str, seed: int, moves: Sequence[Move]) -> Self:
        """Make a bare episode."""
        said = [(m.seat, m.policy, m.reply.text) for m in moves]
        name = digest(problem.id, game, seed, said)
        return cls(id=name, problem=problem, game=game, seed=seed, moves=tuple(moves))

    @property
    def final(self) -> Reply:
        """The reply that the critics judge: the last one."""
        return self.moves[-1].reply

    def judged(self, *verdicts: Verdict) -> Self:
        """Return this episode with `verdicts` added; a critic's newer one replaces its older."""
        names = {v.critic for v in verdicts}
        kept = tuple(v for v in self.verdicts if v.critic not in names)
        return self.model_copy(update={"verdicts": kept + verdicts})

    def bare(self) -> Self:
        """Return the episode without verdicts, as critics see it."""
        return self.model_copy(update={"verdicts": ()})

    def verdict(self, critic: str) -> Verdict | None:
        """Return what `critic` said, if it did."""
        return next((v for v in self.verdicts if v.critic == critic), None)

    def outcome(self, critic: str) -> Outcome:
        """Return what `critic` concluded; where it said nothing the episode is unscored."""
        verdict = self.verdict(critic)
        return Outcome.UNSCORED if verdict is None else verdict.outcome


class Example(Record):
    """A move plus a weight: positive to make it likelier, negative to make it less likely."""

    move: Move
    weight: float = 1.0
    problem: str = ""
    """Id of the problem, so that examples join without their order."""
    flipped: float = 0.0
    """Chance that the sign of the weight is the wrong way round, as measured of the critic."""


class Policy(Protocol):
    """Anything that speaks."""

    @property
    def id(self) -> str:
        """A digest of weights and sampling settings."""
        ...

    async def sample(self, seen: Sequence[Message], *, n: int = 1, seed: int = 0) -> list[Reply]:
        """Return `n` replies to the messages `seen`; sample `i` depends on (seed, i) alone."""
        ...
