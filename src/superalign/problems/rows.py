"""Rows of a user's file or data set, each with the place it came from."""

from __future__ import annotations

import csv
import gzip
import json
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from superalign.errors import BadInput

_PARQUET = "refs/convert/parquet"
"""Where the hub keeps its own conversion of a data set."""


class Row(NamedTuple):
    """One row and where it stands."""

    place: str
    """For an error message: file and row."""
    fields: Mapping[str, Any]


def read_rows(
    where: str | Path, *, split: str = "test", config: str | None = None, quoted: bool = False
) -> Iterator[Row]:
    """Yield the rows of a JSONL, JSON, CSV or TSV file, or of a data set in Hugging Face's format.

    JSONL, CSV and TSV may be gzipped; a TSV file quotes nothing unless it is `quoted`. A data set
    is a hub name or the path of a folder or Parquet file; `split` matters to it alone, and so does
    `config`, the part of a hub data set.

    Raises:
        BadInput: If it does not exist, cannot be read, or a row is broken (file and row are named).
    """
    path = Path(where)
    with _reading(path):
        match path.with_suffix("").suffix.lower() if _zipped(path) else path.suffix.lower():
            case ".jsonl" | ".ndjson":
                yield from _jsonl(path)
            case ".json":
                yield from _json(path)
            case ".csv":
                yield from _csv(path, delimiter=",")
            case ".tsv":
                quoting = csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE
                yield from _csv(path, delimiter="\t", quoting=quoting)
            case _:
                yield from _dataset(str(where), split, config)


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Say what keeps the block from reading `path` in one line."""
    try:
        yield
    except (OSError, EOFError, zlib.error) as error:
        why = getattr(error, "strerror", None) or error
        raise BadInput(f"{path}: cannot be read: {why}") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: is not UTF-8 text: byte {error.start}") from error


def _zipped(path: Path) -> bool:
    return path.suffix.lower() == ".gz"


def _opened(path: Path) -> TextIO:
    open_file = gzip.open if _zipped(path) else open
    return open_file(path, "rt", encoding="utf-8-sig", newline="")


def _jsonl(path: Path) -> Iterator[Row]:
    with _opened(path) as lines:
        for i, line in enumerate(lines, 1):
            if text := line.strip():
                yield _row(f"{path}: row {i}", _parse(f"{path}: row {i}", text))


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
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, " if error.lineno > 1 else ""
        why = f"{where}character {error.colno}: {error.msg}"
        raise BadInput(f"{place}: is not valid JSON: {why}") from error
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{place}: is not valid JSON: {error}") from error


def _row(place: str, fields: Any) -> Row:
    if not isinstance(fields, dict):
        raise BadInput(f"{place}: is not a JSON object")
    return Row(place, fields)


def _csv(path: Path, **form: Any) -> Iterator[Row]:
    with _opened(path) as lines:
        reader = csv.DictReader(lines, strict=True, **form)
        try:
            for i, fields in enumerate(reader, 1):
                if None in fields or None in fields.values():
                    raise BadInput(f"{path}: row {i}: has another number of cells than the header")
                yield Row(f"{path}: row {i}", fields)
        except csv.Error as error:
            raise BadInput(f"{path}: line {reader.line_num}: {error}") from error


def _dataset(name: str, split: str, config: str | None) -> Iterator[Row]:
    try:
        import datasets
    except ModuleNotFoundError as error:
        raise BadInput(f"{name}: data sets need: pip install 'superalign[data]'") from error
    if not Path(name).exists() and (name.startswith((".", "/", "~")) or name.count("/") > 1):
        raise BadInput(f"{name}: no such file or folder")
    try:
        found = _open_dataset(datasets, name, split, config)
    except (OSError, ValueError, KeyError, RuntimeError, datasets.exceptions.DatasetsError) as e:
        raise BadInput(f"{name}: cannot be loaded: {' '.join(str(e).split())[:200]}") from e
    for i, fields in enumerate(found, 1):
        yield Row(f"{name}: row {i}", fields)


def _open_dataset(datasets: Any, name: str, split: str, config: str | None) -> Any:
    """Return one split of a saved folder, a Parquet file, or a hub data set.

    Of a data set that the hub keeps as a script, which is never run, its Parquet copy is read.
    """
    path = Path(name)
    if path.suffix == ".parquet":
        return datasets.load_dataset("parquet", data_files=name, split="train")
    if (path / "dataset_info.json").exists() or (path / "dataset_dict.json").exists():
        found = datasets.load_from_disk(name)
        return found[split] if isinstance(found, dict) else found
    try:
        return datasets.load_dataset(name, config, split=split)
    except RuntimeError as error:
        if "scripts are no longer supported" not in str(error):
            raise
        return datasets.load_dataset(name, config, split=split, revision=_PARQUET)
