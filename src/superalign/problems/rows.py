"""Rows of a user's file or data set, each with the place it came from."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from superalign.errors import BadInput


class Row(NamedTuple):
    """One row and where it stands."""

    place: str
    """For an error message: file and row."""
    fields: Mapping[str, Any]


def read_rows(where: str | Path, *, split: str = "test") -> Iterator[Row]:
    """Yield the rows of a JSONL, JSON or CSV file, or of a data set in Hugging Face's format.

    A data set is a hub name or the path of a folder or Parquet file; `split` matters to it alone.

    Raises:
        BadInput: If it does not exist, cannot be read, or a row is broken (file and row are named).
    """
    path = Path(where)
    with _reading(path):
        match path.suffix.lower():
            case ".jsonl" | ".ndjson":
                yield from _jsonl(path)
            case ".json":
                yield from _json(path)
            case ".csv":
                yield from _csv(path)
            case _:
                yield from _dataset(str(where), split)


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Say what keeps the block from reading `path` in one line."""
    try:
        yield
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: is not UTF-8 text: byte {error.start}") from error


def _jsonl(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8-sig") as lines:
        for i, line in enumerate(lines, 1):
            if line.strip():
                yield _row(f"{path}: row {i}", _parse(f"{path}: row {i}", line))


def read_document(path: Path) -> Any:
    """Return what a JSON file holds.

    Raises:
        BadInput: If it cannot be read or is not JSON.
    """
    with _reading(path):
        return _parse(str(path), path.read_text(encoding="utf-8-sig"))


def _json(path: Path) -> Iterator[Row]:
    listed = read_document(path)
    if not isinstance(listed, list):
        raise BadInput(f"{path}: holds no list of rows")
    yield from (_row(f"{path}: row {i}", fields) for i, fields in enumerate(listed, 1))


def _parse(place: str, text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{place}: is not valid JSON: {error}") from error


def _row(place: str, fields: Any) -> Row:
    if not isinstance(fields, dict):
        raise BadInput(f"{place}: is not a JSON object")
    return Row(place, fields)


def _csv(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.DictReader(lines, strict=True)
        try:
            for i, fields in enumerate(reader, 1):
                if None in fields or None in fields.values():
                    raise BadInput(f"{path}: row {i}: has another number of cells than the header")
                yield Row(f"{path}: row {i}", fields)
        except csv.Error as error:
            raise BadInput(f"{path}: line {reader.line_num}: {error}") from error


def _dataset(name: str, split: str) -> Iterator[Row]:
    try:
        import datasets
    except ModuleNotFoundError as error:
        raise BadInput(f"{name}: data sets need: pip install 'superalign[data]'") from error
    if not Path(name).exists() and (name.startswith((".", "/", "~")) or name.count("/") > 1):
        raise BadInput(f"{name}: no such file or folder")
    try:
        found = _open_dataset(datasets, name, split)
    except (OSError, ValueError, KeyError, RuntimeError, datasets.exceptions.DatasetsError) as e:
        raise BadInput(f"{name}: cannot be loaded: {' '.join(str(e).split())[:200]}") from e
    for i, fields in enumerate(found, 1):
        yield Row(f"{name}: row {i}", fields)


def _open_dataset(datasets: Any, name: str, split: str) -> Any:
    """Return one split of a saved folder, a Parquet file, or a hub data set."""
    path = Path(name)
    if path.suffix == ".parquet":
        return datasets.load_dataset("parquet", data_files=name, split="train")
    if (path / "dataset_info.json").exists() or (path / "dataset_dict.json").exists():
        found = datasets.load_from_disk(name)
        return found[split] if isinstance(found, dict) else found
    return datasets.load_dataset(name, split=split)
