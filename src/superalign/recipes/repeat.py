"""From a preset to a configuration, and from a finished run back to the command that repeats it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from superalign.errors import BadInput
from superalign.records import Record


def preset_fields(
    presets: Mapping[str, Mapping[str, Any]], preset: str, overrides: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the fields of a preset, some overridden.

    Raises:
        BadInput: If the preset is unknown.
    """
    if preset not in presets:
        raise BadInput(f"no preset {preset!r}; there are {', '.join(presets)}")
    return {"preset": preset, **presets[preset], **overrides}


def provenance(folder: Path, config: Record, command: str) -> dict[str, Any]:
    """Return what the last process of the run in `folder` was, and what repeats the run."""
    processes = json.loads((folder / "run.json").read_text())["processes"]
    return {
        **processes[-1],
        "processes": len(processes),
        "config": config.model_dump(mode="json"),
        "command": command,
    }


def settings(config: Record, preset: Record) -> str:
    """Return ` --set NAME=VALUE` for every field in which `config` is not its preset."""
    mine, theirs = (x.model_dump(mode="json") for x in (config, preset))
    words = [f"{k}={json.dumps(v)}" for k, v in mine.items() if v != theirs[k]]
    return "".join(f" --set {shlex.quote(word)}" for word in words)


def spoken(sentence: str, preset: str) -> str:
    """Return the sentence that a run ends with; after a smoke test it says what its figures are."""
    return f"{sentence} {_SMOKE}" if preset == "smoke" else sentence


_SMOKE = "This was a smoke test: it shows that all runs, and its figures mean nothing."
