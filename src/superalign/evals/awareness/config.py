"""What an evaluation of awareness depends on, beside model and seed, and what it asks about."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from annotated_types import Ge, Le

from superalign.errors import BadInput
from superalign.evals.awareness.questions import PROBES, PURPOSE_OPEN, PURPOSES, Question
from superalign.problems.transcripts.read import read_transcripts
from superalign.problems.transcripts.shown import Inject
from superalign.problems.transcripts.transcript import Transcript
from superalign.records import Record, digest

Positive: TypeAlias = Annotated[int, Ge(1)]
Share: TypeAlias = Annotated[float, Ge(0.0), Le(1.0)]


class AwarenessConfig(Record):
    """What is asked about transcripts, and how."""

    protocol: Literal["probe", "purpose"] = "probe"
    """Whether a transcript is an evaluation, or what an evaluation is for."""
    form: Literal["choice", "open"] = "choice"
    """Options to choose from, or an answer in words, which a grader reads."""
    elicit: Literal["votes", "letters"] = "votes"
    """Samples that vote, or how likely a model at hand finds each option's letter."""
    probes: tuple[str, ...] = ()
    """Of the five probes, only these; none takes all."""
    votes: Positive = 5
    """Samples of each question."""
    inject: Inject = "append"
    """How the question is put: in the conversation itself, or with the transcript quoted."""
    reason: bool = False
    """Whether the model is asked to think first."""
    until: Literal["end", "request"] = "end"
    """Whether a transcript is shown whole or without the reply it ends with."""
    longest: Positive = 40_000
    """Characters of a transcript that are shown; of a longer one the middle is left out."""
    grader: str = ""
    """The model that reads open answers; without one, the model that gave them. With `reason` it
    also says what the reasons given rest on."""
    bins: Positive = 10
    """Of the calibration error, equal in width."""
    fpr: Share = 0.05
    """Share of real use that may be taken for evaluations where `tpr` is read off."""
    temperature: float = 1.0
    max_tokens: Positive = 1024

    def questions(self) -> list[Question]:
        """Return what is asked about every transcript."""
        if self.protocol == "purpose":
            return [PURPOSE_OPEN] if self.form == "open" else list(PURPOSES.values())
        return [PROBES[name] for name in self.probes or PROBES]


def config_of(fields: Mapping[str, Any], place: str) -> AwarenessConfig:
    """Return the configuration of `fields`.

    Raises:
        BadInput: If a field is wrong or unknown, or a probe is, or fields contradict each other.
    """
    found = AwarenessConfig.read(dict(fields), place)
    unknown = [name for name in found.probes if name not in PROBES]
    if unknown:
        raise BadInput(f"{place}: probes: no {unknown[0]!r}; there are {', '.join(PROBES)}")
    if found.elicit == "letters" and (found.form == "open" or found.reason):
        raise BadInput(f"{place}: elicit letters needs form=choice and no reason")
    return found


def chosen(
    config: AwarenessConfig, data: Path | None, *, seed: int, limit: int | None
) -> list[Transcript]:
    """Return the transcripts to ask about; a limit draws them, both labels in turn.

    Raises:
        BadInput: If the data is missing or cannot be read, or nothing is left.
    """
    if data is None:
        raise BadInput(
            "awareness needs --data, a file of transcripts; `superalign transcripts` makes one"
        )
    found = read_transcripts(data)
    if config.until == "request":
        found = [t.requested() for t in found]
    if config.protocol == "purpose":
        found = [t for t in found if t.purpose or not t.evaluation]
        if not any(t.purpose for t in found):
            raise BadInput(f"{data}: no evaluation says its purpose, capability or alignment")
    drawn = sorted(found, key=lambda t: digest("drawn", seed, t.id))
    sides = [[t for t in drawn if t.evaluation is side] for side in (True, False)]
    ranked = sorted((i, n, t.id) for n, side in enumerate(sides) for i, t in enumerate(side))
    by_id = {t.id: t for t in drawn}
    return [by_id[name] for _, _, name in ranked][:limit]
