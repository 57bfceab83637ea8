"""Any summary as figures, tables and pairs, for recipes without a page of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from superalign.report.records import Change, Rate
from superalign.report.words import UNMEASURED, full


class Grid(NamedTuple):
    """A table of text."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def spoken(path: str) -> str:
    """Return a dotted key as words."""
    return path.replace("_", " ").replace(".", " · ")


def changes(summary: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Change]]:
    """Yield every part of the summary that holds a rate at its start and at its end."""
    for key, value in summary.items():
        if not isinstance(value, Mapping):
            continue
        if _is_change(value):
            yield spoken(path + key), Change.read(value, path + key)
        else:
            yield from changes(value, f"{path}{key}.")


def pairs(summary: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    """Yield every single value with its dotted key, less what `changes` and `grids` yield."""
    for key, value in summary.items():
        name = path + key
        if isinstance(value, Mapping):
            inner = _without_rates(value) if _is_change(value) else value
            found = _rate(inner)
            if found:
                yield spoken(name), full(found)
            yield from pairs(_rest(inner) if found else inner, f"{name}.")
        elif not _is_table(value):
            yield spoken(name), text(value)


def _without_rates(change: Mapping[str, Any]) -> dict[str, Any]:
    """Return what stands beside the two rates of a change, for instance how many were unscored."""
    return {**change, "start": _rest(change["start"]), "end": _rest(change["end"])}


def _rest(rate: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in rate.items() if k not in Rate.model_fields}


def grids(summary: Mapping[str, Any], path: str = "") -> Iterator[Grid]:
    """Yield every list of objects as a table with the columns of all of them."""
    for key, value in summary.items():
        if isinstance(value, Mapping):
            yield from grids(value, f"{path}{key}.")
        elif _is_table(value):
            columns = tuple(dict.fromkeys(name for row in value for name in row))
            rows = tuple(tuple(text(row.get(c)) for c in columns) for row in value)
            yield Grid(spoken(path + key), tuple(map(spoken, columns)), rows)


def text(value: object) -> str:
    """Return a value as a reader expects it."""
    match value:
        case None:
            return UNMEASURED
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case float():
            return f"{value:,.4g}"
        case list() | tuple():
            return ", ".join(map(text, value))
        case Mapping():
            found = _rate(value)
            return full(found) if found else ", ".join(f"{a} {b}" for a, b in pairs(value))
    return str(value)


def _is_change(value: Mapping[str, Any]) -> bool:
    return bool(_rate(value.get("start")) and _rate(value.get("end")))


def _is_table(value: object) -> bool:
    return (
        isinstance(value, Sequence)
        and not isinstance(value, str)
        and bool(value)
        and all(isinstance(row, Mapping) for row in value)
    )


def _rate(value: object) -> Rate | None:
    found = isinstance(value, Mapping) and Rate.model_fields.keys() <= value.keys()
    return Rate.read(value, "rate") if found else None
