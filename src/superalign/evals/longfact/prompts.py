"""LongFact's prompts, and prompts of the user's own.

Published: two folders, for concepts and for objects, each with a JSONL file a topic of rows
{prompt, canary}. The canary marks benchmark data and is not shown to a model.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal, TypeAlias

from superalign.errors import BadInput
from superalign.problems.rows import read_document, read_rows
from superalign.records import Problem

Subset: TypeAlias = Literal["objects", "concepts", "all"]
DETAIL = (
    "Answer at length and in as much detail as you can: give names, dates, places, figures and "
    "events rather than general remarks."
)
"""Shown after every prompt, as in the published runs; the words are our own."""


def prompts(
    source: Path,
    *,
    subset: Subset,
    topics: Sequence[str],
    seed: int | None,
    limit: int | None,
    detail: bool,
    sentences: int | None,
) -> list[Problem]:
    """Return the prompts of a folder of LongFact, a file of prompts, or a result file.

    Files are read in the order of their names, so that the same seed gives the same prompts on
    every machine. The prompts of a result file are taken as they are.

    Args:
        source: Folder, JSONL or CSV file with a column `prompt`, or a result file (.json).
        subset: Of a folder, which half.
        topics: Of a folder, which topics; none takes all.
        seed: Shuffles; None keeps the order.
        limit: Prompts, at most.
        detail: Whether `DETAIL` is added.
        sentences: How many sentences are asked for, if so.

    Raises:
        BadInput: If no prompt is found, a row has none, or a topic is not there.
    """
    if topics and not source.is_dir():
        raise BadInput(f"{source}: topics: only a folder of LongFact has them")
    if source.suffix == ".json":
        return [Problem.of(prompt) for prompt in recorded(source)][:limit]
    rows = _folder(source, subset, topics) if source.is_dir() else _file(source, "")
    found = list(rows)
    if not found:
        raise BadInput(f"{source}: holds no prompts of LongFact for subset {subset}")
    if seed is not None:
        random.Random(seed).shuffle(found)
    added = [DETAIL] if detail else []
    if sentences:
        added.append(f"\nWrite exactly {sentences} sentence{'s' if sentences > 1 else ''}.")
    return [
        Problem.of(" ".join([text, *added]), tags=(topic,) if topic else ())
        for topic, text in found[:limit]
    ]


def recorded(path: Path) -> list[str]:
    """Return the prompts of a result file.

    Raises:
        BadInput: If it is none.
    """
    return [item["prompt"] for item in items(read_document(path), path)]


def items(document: object, path: Path) -> list[dict[str, str]]:
    """Return what a result file holds per prompt.

    Raises:
        BadInput: If it is no result file.
    """
    listed = document.get("per_prompt_data") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise BadInput(f"{path}: field 'per_prompt_data' is missing; this is no result file")
    for i, item in enumerate(listed, 1):
        if not isinstance(item, dict) or not isinstance(item.get("prompt"), str):
            raise BadInput(f"{path}: row {i}: field 'prompt' is missing")
    return listed


def _folder(folder: Path, subset: Subset, topics: Sequence[str]) -> Iterator[tuple[str, str]]:
    halves = ("concepts", "objects") if subset == "all" else (subset,)
    files = [p for h in halves for p in sorted(folder.rglob(f"longfact-{h}_*.jsonl"))]
    found = [(path.stem.rpartition("_")[2], path) for path in files]
    if unknown := set(topics) - {topic for topic, _ in found}:
        raise BadInput(f"{folder}: holds no prompts on topic {min(unknown)!r}")
    for topic, path in found:
        if not topics or topic in topics:
            yield from _file(path, topic)


def _file(path: Path, topic: str) -> Iterator[tuple[str, str]]:
    for place, fields in read_rows(path):
        prompt = fields.get("prompt")
        if not isinstance(prompt, str) or not prompt.strip():
            raise BadInput(f"{place}: field 'prompt' is missing")
        yield topic, prompt
