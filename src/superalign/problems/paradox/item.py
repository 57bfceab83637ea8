"""One item: what is asked, what is right, and what is wrong though it may look right."""

from __future__ import annotations

from collections.abc import Mapping
from mimetypes import guess_type
from pathlib import Path
from typing import Any, Literal

from superalign.errors import BadInput
from superalign.problems.answers import tidy
from superalign.problems.imports.entries import text
from superalign.problems.rows import Row, read_rows
from superalign.records import Media, Record

WorldName = Literal["words", "chains", "requests", "shapes"]


class Item(Record):
    """An item with its answer: only what scores may hold one."""

    id: str
    input: str
    reference: str
    references: tuple[str, ...] = ()
    """Further right answers."""
    easy: tuple[str, ...] = ()
    """Wrong answers that are far off."""
    hard: tuple[str, ...] = ()
    """Wrong answers that come near."""
    paraphrases: tuple[str, ...] = ()
    """The input in other words."""
    image: Media | None = None
    """A picture that the input is about."""
    group: str = ""
    """Items of a group are not independent; empty where the item stands alone."""
    world: WorldName = "words"

    @property
    def right(self) -> tuple[str, ...]:
        """All right answers."""
        return (self.reference, *self.references)

    @property
    def cluster(self) -> str:
        """What the item shares with others, or its own name."""
        return self.group or self.id


_LISTS = {
    "references": "references",
    "neg_easy": "easy",
    "neg_hard": "hard",
    "paraphrases": "paraphrases",
}
"""Columns that hold lists of texts, and the fields they fill."""
_COLUMNS = {"id", "input", "reference", "choices", "image", "group", *_LISTS}


def read_items(path: Path) -> list[Item]:
    """Return the items of a JSONL or JSON file.

    Columns: `id`, `input` and `reference`; where there are any, lists `choices` (their wrong ones
    are hard), `neg_easy`, `neg_hard`, `references` (further right answers), `paraphrases` of the
    input; `group`; and `image`, the path of a picture beside the file.

    Raises:
        BadInput: If a row is broken, an id is there twice, or a wrong answer is a right one.
    """
    found: dict[str, Item] = {}
    for row in read_rows(path):
        item = _item(row, path.parent)
        if item.id in found:
            raise BadInput(f"{row.place}: id {item.id!r} is there twice")
        found[item.id] = item
    if not found:
        raise BadInput(f"{path}: holds no items")
    return list(found.values())


def _item(row: Row, folder: Path) -> Item:
    unknown = [name for name in row.fields if name not in _COLUMNS]
    if unknown:
        raise BadInput(
            f"{row.place}: field {unknown[0]!r} is none of {', '.join(sorted(_COLUMNS))}"
        )
    lists = {field: _texts(row, column) for column, field in _LISTS.items()}
    id, asked, reference = (text(row, name) for name in ("id", "input", "reference"))
    right = {tidy(r) for r in (reference, *lists["references"])}
    for column in ("neg_easy", "neg_hard"):
        if any(tidy(wrong) in right for wrong in lists[_LISTS[column]]):
            raise BadInput(f"{row.place}: field {column!r} holds a right answer")
    lists["hard"] += [c for c in _texts(row, "choices") if tidy(c) not in right]
    fields: Mapping[str, Any] = {name: tuple(dict.fromkeys(v)) for name, v in lists.items()}
    group = str(row.fields.get("group") or "")
    image = _image(row, folder) if row.fields.get("image") else None
    return Item(id=id, input=asked, reference=reference, group=group, image=image, **fields)


def _texts(row: Row, name: str) -> list[str]:
    found = row.fields.get(name) or []
    if not isinstance(found, list) or not all(isinstance(v, str) and v.strip() for v in found):
        raise BadInput(f"{row.place}: field {name!r} holds no list of texts")
    return list(found)


def _image(row: Row, folder: Path) -> Media:
    path = folder / text(row, "image")
    mime = guess_type(path.name)[0] or ""
    if not mime.startswith("image/"):
        raise BadInput(f"{row.place}: field 'image' names no picture: {path.name}")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadInput(f"{row.place}: field 'image': {path}: {error.strerror}") from None
    return Media.held("image", data, mime)
