"""The command that repeats a run: what its configuration changes of the preset."""

from __future__ import annotations

import json
import shlex

from superalign.records import Record


def settings(config: Record, preset: Record) -> str:
    """Return ` --set NAME=VALUE` for every field in which `config` is not its preset."""
    mine, theirs = (x.model_dump(mode="json") for x in (config, preset))
    words = [f"{k}={json.dumps(v)}" for k, v in mine.items() if v != theirs[k]]
    return "".join(f" --set {shlex.quote(word)}" for word in words)
