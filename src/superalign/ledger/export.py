"""Episodes as files that other tools read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from superalign.errors import BadInput
from superalign.ledger.folder import atomic_file, writing
from superalign.records import Episode


def export(episodes: Sequence[Episode], path: Path) -> int:
    """Write episodes in the format that the ending of `path` names and return how many.

    Raises:
        BadInput: If there is no such format here, or `path` cannot be written.
    """
    formats = {".jsonl": _jsonl, ".parquet": _parquet}
    if path.suffix not in formats:
        raise BadInput(f"{path}: episodes are exported as {' or '.join(formats)}")
    with writing(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_file(path) as partial:
            formats[path.suffix](episodes, partial)
    return len(episodes)


def _jsonl(episodes: Sequence[Episode], path: Path) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(e.model_dump_json() + "\n" for e in episodes)


def _parquet(episodes: Sequence[Episode], path: Path) -> None:
    try:
        arrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError:
        raise BadInput("Parquet needs pyarrow: pip install pyarrow, or export .jsonl") from None
    parquet.write_table(arrow.Table.from_pylist([_flat(e) for e in episodes]), path)


def _flat(episode: Episode) -> dict[str, Any]:
    return {
        "id": episode.id,
        "game": episode.game,
        "problem": episode.problem.id,
        "level": episode.problem.level,
        "prompt": episode.problem.prompt,
        "reply": episode.moves[-1].reply.text if episode.moves else None,
        "outcomes": json.dumps({v.critic: v.outcome for v in episode.verdicts}),
        "episode": episode.model_dump_json(),
    }
