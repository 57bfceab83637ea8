"""garak's report and hit log, JSONL.

Rows as garak writes them (github.com/NVIDIA/garak, `garak/attempt.py` and
`garak/evaluators/base.py`): in a report, rows of `entry_type` `attempt` count, each there once per
status (1: answered, 2: evaluated); a detector calls a score a hit from `run.eval_threshold` on. In
a hit log every row is a hit. A message is text, `{"text": ...}` or a conversation of `turns`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from superalign.errors import BadInput
from superalign.problems.imports.entries import Entry, Found, called, listed, tags, text, word
from superalign.problems.rows import Row
from superalign.records import Message, Reply

THRESHOLD = 0.5
"""Score of a hit where the report does not state it: garak's own default."""


def read_report(rows: Sequence[Row]) -> Found:
    """Read the attempts of a report, each as it was last written.

    Raises:
        BadInput: If an attempt has no probe or no prompt.
    """
    threshold, model = THRESHOLD, ""
    attempts: dict[str, Row] = {}
    for row in rows:
        kind = row.fields.get("entry_type")
        if kind == "start_run setup":
            threshold, model = _threshold(row), _model(row)
        elif kind == "attempt":
            attempts[word(row.fields, "uuid") or row.place] = row
    found = Found()
    for row in attempts.values():
        _add(found, row, _prompt(row), lambda r, t: _attempt(r, t, threshold, model))
    return found


def read_hits(rows: Sequence[Row]) -> Found:
    """Read a hit log.

    Raises:
        BadInput: If a row has no probe or no prompt.
    """
    found = Found()
    for row in rows:
        _add(found, row, _prompt(row), _hit)
    return found


def _add(found: Found, row: Row, turns: Sequence[Message], made: Any) -> None:
    """Add what `made` makes of a row; one whose last message holds no text is passed over."""
    if turns and turns[-1].text.strip():
        found.entries.append(made(row, turns))
    else:
        found.passed += 1


def _attempt(row: Row, turns: Sequence[Message], threshold: float, model: str) -> Entry:
    said = {d: _scores(s) for d, s in _results(row).items()}
    calls = [called(d, any(x >= threshold for x in s)) for d, s in said.items() if s]
    return Entry(
        prompt=turns[-1].text,
        earlier=tuple(turns[:-1]),
        tags=(*tags("garak", attack=text(row, "probe_classname")), *calls),
        replies=tuple(_reply(output) for output in listed(row.fields, "outputs")),
        model=model,
    )


def _hit(row: Row, turns: Sequence[Message]) -> Entry:
    detectors = row.fields.get("detector")
    names = detectors if isinstance(detectors, list) else [detectors]
    calls = [called(name, True) for name in names if isinstance(name, str)]
    return Entry(
        prompt=turns[-1].text,
        earlier=tuple(turns[:-1]),
        tags=(*tags("garak", attack=text(row, "probe")), *calls),
        replies=(_reply(row.fields.get("output")),),
        model=word(row.fields, "generator"),
    )


def _prompt(row: Row) -> list[Message]:
    """Return the conversation up to the last thing said to the model."""
    prompt = row.fields.get("prompt")
    if isinstance(prompt, Mapping) and isinstance(prompt.get("turns"), list):
        return [_turn(row, turn) for turn in prompt["turns"]]
    said = _text(prompt)
    if said is None and not isinstance(prompt, Mapping):
        raise BadInput(f"{row.place}: field 'prompt' holds no message")
    return [Message(role="user", text=said or "")]


def _turn(row: Row, turn: Any) -> Message:
    role = turn.get("role") if isinstance(turn, Mapping) else None
    if role not in ("system", "user", "assistant"):
        raise BadInput(f"{row.place}: field 'prompt.turns' has a turn of role {role!r}")
    return Message(role=role, text=_text(turn.get("content")) or "")


def _text(message: Any) -> str | None:
    said = message.get("text") if isinstance(message, Mapping) else message
    return said if isinstance(said, str) else None


def _reply(output: Any) -> Reply:
    said = _text(output)
    if said is None:
        return Reply(text="", stop="error", error="garak recorded no text")
    return Reply(text=said)


def _results(row: Row) -> Mapping[str, Any]:
    found = row.fields.get("detector_results")
    return found if isinstance(found, Mapping) else {}


def _scores(scores: Any) -> list[float]:
    """Return the scores that are numbers; None is an output that the detector could not judge."""
    flat = scores if isinstance(scores, list) else [scores]
    numbers = [x for s in flat for x in (s if isinstance(s, list) else [s])]
    return [float(x) for x in numbers if isinstance(x, int | float)]


def _threshold(row: Row) -> float:
    stated = row.fields.get("run.eval_threshold")
    return float(stated) if isinstance(stated, int | float) else THRESHOLD


def _model(row: Row) -> str:
    names = ("plugins.target_type", "plugins.target_name", "plugins.model_type")
    return " ".join(filter(None, (word(row.fields, n) for n in (*names, "plugins.model_name"))))
