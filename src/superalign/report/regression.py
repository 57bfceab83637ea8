"""What a guard run leaves for other people's builds: the guard, and a suite it must pass."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from superalign.errors import BadInput
from superalign.ledger import atomic_folder
from superalign.ledger.folder import read_json, writing
from superalign.policies.guard import SAFE, UNSAFE, Encoder, Guard, LetterPairs, load_guard
from superalign.problems.rows import read_rows

SUITE, OPEN = "regression.jsonl", "still_open.jsonl"


def export_guard(folder: Path, out: Path) -> dict[str, Any]:
    """Write the hardened guard of the run in `folder` and its regression suite to a new `out`.

    `out/guard` holds JSON and safetensors. `out/regression.jsonl` holds the failures that the
    attack found and hardening mended; the exported guard passes it. Failures that remain are in
    `out/still_open.jsonl`.

    Returns:
        The paths written and the number of rows of each suite.

    Raises:
        BadInput: If `folder` holds no finished guard run, or `out` exists or cannot be written.
    """
    path = folder / "summary.json"
    if not path.is_file():
        raise BadInput(f"{folder}: no finished run here (summary.json is missing)")
    summary = read_json(path)
    if not isinstance(summary, dict) or summary.get("recipe") != "guard":
        raise BadInput(f"{path}: not a guard run")
    if out.exists():
        raise BadInput(f"{out}: exists already")
    guard = load_guard(folder / "policies" / str(summary.get("guard")))
    rows = [dict(r.fields) for r in read_rows(folder / "failures.jsonl")]
    suites = {name: [r for r in rows if r["open"] == (name == OPEN)] for name in (SUITE, OPEN)}
    with writing(out), atomic_folder(out) as place:
        (place / "guard").mkdir()
        guard.save(place / "guard")
        for name, kept in suites.items():
            text = "".join(json.dumps(row) + "\n" for row in kept)
            (place / name).write_text(text, encoding="utf-8")
    return {
        "guard": str(out / "guard"),
        **{n: {"path": str(out / n), "rows": len(k)} for n, k in suites.items()},
    }


def check_guard(suite: Path, guard: Path) -> list[Mapping[str, Any]]:
    """Return the rows of `suite` that the guard in folder `guard` gets wrong; none is a pass.

    `guard` is what `export_guard` wrote, or any `transformers` sequence classifier, which is then
    read without disguises being undone. A score that is no number is wrong.

    Raises:
        BadInput: If either cannot be used; the line names the file, row and field.
    """
    rows = list(read_rows(suite))
    for place, row in rows:
        if not isinstance(row.get("prompt"), str):
            raise BadInput(f"{place}: field 'prompt' holds no text")
        if row.get("expected") not in (SAFE, UNSAFE):
            raise BadInput(f"{place}: field 'expected' is neither {SAFE!r} nor {UNSAFE!r}")
    if not rows:
        raise BadInput(f"{suite}: holds no rows")
    opened = _open(guard)
    scores = opened.scores([row["prompt"] for _, row in rows])
    said = [UNSAFE if s > opened.threshold else SAFE if s == s else "" for s in scores]
    return [
        {"place": place, "said": word, **row}
        for (place, row), word in zip(rows, said, strict=True)
        if word != row["expected"]
    ]


def _open(folder: Path) -> Guard:
    if (folder / "config.json").is_file() and not (folder / "guard.json").is_file():
        return Guard(classifier=Encoder(folder), pairs=LetterPairs.unknown())
    return load_guard(folder / "guard" if (folder / "guard").is_dir() else folder)
