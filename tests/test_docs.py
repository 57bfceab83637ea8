"""Every Python block of the README and of the docs runs, alone, as a reader would paste it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [p for p in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))) if p.is_file()]
BLOCK = re.compile(r"^```python(?P<note>[^\n]*)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!\w+:)([^)#\s]+)")


def blocks() -> Iterator[object]:
    """Yield the place and code of each block; one marked `no-run REASON` is skipped with it."""
    for page in PAGES:
        text = page.read_text()
        for found in BLOCK.finditer(text):
            row = text.count("\n", 0, found.start("code")) + 1
            place = f"{page.relative_to(ROOT)}:{row}"
            note = found["note"].strip()
            why = note.removeprefix("no-run").strip()
            assert not note or (note.startswith("no-run") and why), f"{place}: no-run and a reason"
            marks = [pytest.mark.skip(reason=why)] if note else []
            yield pytest.param(page, row, found["code"], id=place, marks=marks)


@pytest.mark.parametrize(("page", "row", "code"), [*blocks()])
def test_the_block_runs(page, row, code, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lines_kept = "\n" * (row - 1) + code
    exec(compile(lines_kept, str(page), "exec"), {"__name__": "__main__"})


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_links_to_files_lead_somewhere(page):
    lost = [link for link in LINK.findall(page.read_text()) if not (page.parent / link).exists()]
    assert not lost
