"""The fields of a data set's row that a task is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from superalign.errors import BadInput
from superalign.problems.imports.entries import text
from superalign.problems.rows import Row

__all__ = ["inner", "label", "position", "text", "texts"]
_TRUTH = {"true": 1, "false": 0}


def label(row: Row, name: str, allowed: Sequence[int] = (0, 1)) -> int:
    """Return a field that holds one of the classes `allowed`; true is 1 and false is 0.

    Raises:
        BadInput: If it holds another; the line names file, row and field.
    """
    value = row.fields.get(name)
    said = str(value).strip().lower()
    found = _TRUTH.get(said, int(said) if said.isascii() and said.isdigit() else None)
    if found not in allowed:
        expected = ", ".join(map(str, allowed))
        raise BadInput(f"{row.place}: field {name!r} is {value!r}, none of {expected}")
    assert found is not None
    return found


def texts(row: Row, name: str) -> list[str]:
    """Return a field that holds a list of two or more texts.

    Raises:
        BadInput: If it does not.
    """
    value = row.fields.get(name)
    found = list(value) if isinstance(value, list | tuple) else []
    if len(found) < 2 or not all(isinstance(v, str) and v.strip() for v in found):
        raise BadInput(f"{row.place}: field {name!r} holds no list of texts")
    return found


def inner(row: Row, name: str) -> Row:
    """Return a field that holds fields itself, as a row.

    Raises:
        BadInput: If it does not.
    """
    value: Any = row.fields.get(name)
    if not isinstance(value, Mapping):
        raise BadInput(f"{row.place}: field {name!r} holds no fields")
    return Row(f"{row.place}: {name}", value)


def position(row: Row, name: str, among: Sequence[str]) -> int:
    """Return the place of the field's text among the texts given.

    Raises:
        BadInput: If it is none of them.
    """
    value = text(row, name)
    if value not in among:
        raise BadInput(f"{row.place}: field {name!r} is {value[:40]!r}, none of the {len(among)}")
    return among.index(value)
