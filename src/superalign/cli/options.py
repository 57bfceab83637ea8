"""Options that commands share, and how a result is printed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]
Seed = Annotated[int, typer.Option(min=0, help="Seed of everything random.")]
Out = Annotated[Path | None, typer.Option(help="Folder to write to.")]


def shown(found: Any, lines: str) -> None:
    """Print what was found as one JSON object, or the lines where that is None."""
    typer.echo(lines if found is None else json.dumps(found))
