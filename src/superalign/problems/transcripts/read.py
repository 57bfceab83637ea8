"""Transcripts of a file: a JSON list or JSONL, in the format of Needham et al. or of chat logs.

A record has `input` (or `messages`), a list of chat messages, and `metadata`, whose fields may
also stand beside it: the source, the label, the purpose of an evaluation, the scaffold of an agent,
people's ratings. Names and spellings differ between files, so several are known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from superalign.errors import BadInput
from superalign.problems.rows import Row, read_rows
from superalign.problems.transcripts.transcript import Purpose, Transcript
from superalign.problems.transcripts.turns import acts, turns_of
from superalign.records import digest

LABELS = ("label", "evaluation", "is_evaluation", "is_eval", "eval", "eval_or_real", "split_label")
OPPOSITES = ("deployment", "is_deployment", "real", "is_real")
"""Fields that hold the label, and its opposite."""
PURPOSES = ("purpose", "eval_type", "evaluation_type", "type", "category")
SOURCES = ("source", "dataset", "source_dataset", "task")
PEOPLE = ("people", "human_ratings", "human")
_WORDS = {
    **dict.fromkeys(("evaluation", "eval", "test", "benchmark"), True),
    **dict.fromkeys(("deployment", "deploy", "real", "production"), False),
}
_ALIKE: Mapping[str, Purpose] = {
    **dict.fromkeys(("capability", "capabilities"), "capability"),
    **dict.fromkeys(("alignment", "safety", "propensity"), "alignment"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the user says of records that do not say it themselves."""

    evaluation: bool | None = None
    source: str = ""


def read_transcripts(path: Path, told: Told | None = None) -> list[Transcript]:
    """Return the transcripts of a file.

    Raises:
        BadInput: If the file cannot be read, a record is broken or has no label (file, row and
            field are named), an id stands there twice, or the file holds nothing.
    """
    found: dict[str, Transcript] = {}
    for row in read_rows(path):
        transcript = transcript_of(row, told or Told(source=path.stem))
        if transcript.id in found:
            raise BadInput(f"{row.place}: id {transcript.id!r} stands in an earlier row already")
        found[transcript.id] = transcript
    if not found:
        raise BadInput(f"{path}: holds no transcripts")
    return list(found.values())


def transcript_of(row: Row, told: Told) -> Transcript:
    """Return one record as a transcript.

    Raises:
        BadInput: As `read_transcripts` does.
    """
    inner = row.fields.get("metadata")
    fields = {**row.fields, **(inner if isinstance(inner, Mapping) else {})}
    messages = _first(row.fields, ("input", "messages", "conversations"))
    turns = turns_of(messages, f"{row.place}: field 'input'")
    purpose, evaluation = _purpose(fields), _evaluation(row, fields, told)
    source = _first(fields, SOURCES)
    name = row.fields.get("id")
    agentic = fields.get("agentic")
    return Transcript(
        id=digest(source, turns) if name is None else str(name),
        turns=turns,
        evaluation=evaluation,
        source=str(source or told.source),
        agentic=bool(fields.get("scaffold")) or acts(messages) if agentic is None else agentic,
        purpose=purpose if evaluation else None,
        public=fields.get("public") is True,
        proxy=fields.get("proxy") is True,
        people=_people(row, _first(fields, PEOPLE)),
    )


def _first(fields: Mapping[str, Any], names: Sequence[str]) -> Any:
    return next((fields[n] for n in names if fields.get(n) is not None), None)


def _purpose(fields: Mapping[str, Any]) -> Purpose | None:
    said = (_ALIKE.get(str(fields.get(name)).lower()) for name in PURPOSES)
    return next((s for s in said if s), None)


def _evaluation(row: Row, fields: Mapping[str, Any], told: Told) -> bool:
    """Return the label: stated, by the opposite, by the purpose, or as the user says."""
    for name in (*LABELS, *OPPOSITES):
        value = fields.get(name)
        if value is None:
            continue
        if isinstance(value, bool):
            return value is (name in LABELS)
        if (stated := _WORDS.get(str(value).lower())) is None:
            raise BadInput(f"{row.place}: field {name!r} is {value!r}, no label that is known")
        return stated
    if _purpose(fields):
        return True
    worded = (_WORDS.get(str(fields.get(name)).lower()) for name in PURPOSES)
    stated = next((w for w in worded if w is not None), told.evaluation)
    if stated is None:
        raise BadInput(f"{row.place}: field 'label' is missing: evaluation or deployment?")
    return stated


def _people(row: Row, said: object) -> tuple[float, ...]:
    listed = [said[name] for name in sorted(said)] if isinstance(said, Mapping) else said
    listed = [] if listed is None else listed if isinstance(listed, list) else [listed]
    if not all(isinstance(r, bool | int | float) and 0 <= r <= 1 for r in listed):
        raise BadInput(f"{row.place}: field 'people' holds no chances from 0 to 1")
    return tuple(map(float, listed))
