"""Transcripts from a user's logs: those of Inspect, chats as JSONL, and our own files."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from superalign.errors import BadInput
from superalign.problems.rows import Row, read_document
from superalign.problems.transcripts.read import Told, read_transcripts, transcript_of
from superalign.problems.transcripts.transcript import Transcript


def read_logs(path: Path, told: Told) -> list[Transcript]:
    """Return the transcripts of a log, or of all logs in a folder.

    Of Inspect's log a sample is a transcript, its source the task. An evaluation log says nothing
    of whether its samples are real use, so `told` has to.

    Raises:
        BadInput: If a log cannot be read, or holds nothing that was said or no label.
    """
    if path.is_dir():
        logs = sorted(p for p in path.rglob("*") if p.suffix in (".eval", ".json", ".jsonl"))
        if not logs:
            raise BadInput(f"{path}: holds no logs (.eval, .json, .jsonl)")
        return [t for p in logs for t in read_logs(p, told)]
    if path.suffix == ".eval" or (path.suffix == ".json" and _inspects(read_document(path))):
        return _inspect(path, told)
    return read_transcripts(path, told)


def _inspects(document: object) -> bool:
    return isinstance(document, dict) and {"eval", "status"} <= set(document)


def _inspect(path: Path, told: Told) -> list[Transcript]:
    """Return the samples of Inspect's log that hold a conversation."""
    if not path.is_file():
        raise BadInput(f"{path}: cannot be read: no such file")
    log = _opened(path)
    found = []
    for i, sample in enumerate(log.samples or [], 1):
        messages = [m.model_dump(mode="json", exclude_none=True) for m in sample.messages]
        if not messages:
            continue
        fields = {
            "id": f"{log.eval.run_id}-{sample.id}-{sample.epoch}",
            "input": messages,
            "source": log.eval.task,
            "agentic": any(m["role"] == "tool" or m.get("tool_calls") for m in messages),
        }
        found.append(transcript_of(Row(f"{path}: sample {i}", fields), told))
    if not found:
        raise BadInput(f"{path}: no sample holds a conversation")
    return found


def _opened(path: Path) -> Any:
    try:
        from inspect_ai.log import read_eval_log
    except ModuleNotFoundError as error:
        raise BadInput(f"{path}: logs of Inspect need: pip install 'superalign[remote]'") from error
    try:
        return read_eval_log(str(path))
    except (OSError, ValueError, KeyError, RuntimeError, BadZipFile) as error:
        why = " ".join(str(error).split())[:200]
        raise BadInput(f"{path}: is no log that Inspect reads: {why}") from error
