"""Files of a run directory: held by one process, written whole or not at all."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import re
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn
from uuid import uuid4

from superalign.errors import BadInput

_UNFINISHED = ".unfinished"
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO}
_FOREIGN_ERRNO = re.compile(r"\(os error (\d+)\)")
_PATIENCE = 2.0
"""Seconds that a directory may stay locked: a killed run's children take a moment to die."""


def refuse(folder: Path, reason: object) -> NoReturn:
    """Raise the one line that says why nothing can be written to `folder`."""
    line = " ".join(str(reason).split())
    raise BadInput(f"{folder} cannot be written: {line}; once it can, the same command goes on")


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Run a block of plain file work; an operating system error becomes `BadInput`."""
    try:
        yield
    except OSError as error:
        refuse(folder, error.strerror or error)


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold `folder` for this process alone; the system lets go of it when the process dies.

    Raises:
        BadInput: If another process holds it.
    """
    descriptor = os.open(folder / "run.lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _lock(folder, descriptor)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _lock(folder: Path, descriptor: int) -> None:
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > end:
                holder = os.pread(descriptor, 20, 0).decode() or "unknown"
                raise BadInput(
                    f"{folder} is in use by process {holder}; wait for it or use another --out"
                ) from None
        time.sleep(0.05)


def settle(folder: Path, config: Mapping[str, Any]) -> None:
    """Write `config` to `folder/config.json`, or check that it is the one already there.

    Raises:
        BadInput: If the file cannot be read or holds another configuration.
    """
    path = folder / "config.json"
    here = json.loads(json.dumps(config, default=_plain))
    if not path.exists():
        write_json(path, here)
        return
    there = read_json(path)
    if found := _difference(there, here):
        raise BadInput(f"{path}: {found}; use another --out")


def _plain(value: object) -> object:
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"a configuration cannot hold a {type(value).__name__}")


def _difference(there: Any, here: Any, name: str = "") -> str:
    """Return a phrase about the first field in which two configurations differ, or nothing."""
    if isinstance(there, dict) and isinstance(here, dict):
        for key in [*here, *(k for k in there if k not in here)]:
            field = f"{name}.{key}" if name else key
            if key not in there or key not in here:
                return f"field '{field}' is {'here' if key in here else 'there'} only"
            if found := _difference(there[key], here[key], field):
                return found
        return ""
    if json.dumps(there) == json.dumps(here):
        return ""
    return f"field '{name}' is {_shown(there)} there and {_shown(here)} here"


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "..."


def read_json(path: Path) -> Any:
    """Return what `path` holds.

    Raises:
        BadInput: If it is not JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BadInput(f"{path}: not JSON: {error}") from None


def write_json(path: Path, value: Any) -> None:
    """Write `value` to `path` as JSON, all of it or nothing."""
    write_text(path, json.dumps(value, indent=2) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write `text` to `path`, all of it or nothing."""
    with atomic_file(path) as partial:
        partial.write_text(text, encoding="utf-8")


@contextmanager
def atomic_file(path: Path) -> Iterator[Path]:
    """Yield a sibling of `path` to write; it takes the place of `path` when the block ends.

    A reader finds all of it or the file of before. A block that raises leaves nothing behind, one
    that is killed leaves a sibling that `sweep` removes.
    """
    partial = path.with_name(f".{path.name}{_UNFINISHED}")
    try:
        yield partial
        _sync(partial)
        partial.replace(path)
        _sync(path.parent)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def atomic_folder(target: Path) -> Iterator[Path]:
    """Yield an empty sibling of `target` to write into; it becomes `target` when the block ends.

    A target that is already there is kept: folders are named by their content. A block that
    raises leaves nothing behind, one that is killed leaves a sibling that `sweep` removes.

    Raises:
        BadInput: If the disk is full or read-only, also when the block's own writes say so.
    """
    partial = target.with_name(f".{target.name}.{uuid4().hex[:8]}{_UNFINISHED}")
    try:
        partial.mkdir(parents=True)
        yield partial
        _publish(partial, target)
    except Exception as error:
        if reason := _no_room(error):
            refuse(target, reason)
        raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _publish(partial: Path, target: Path) -> None:
    if target.exists():
        return
    for path in [*partial.rglob("*"), partial]:
        _sync(path)
    partial.rename(target)
    _sync(target.parent)


def _no_room(error: Exception) -> str:
    """Return why the disk took no more, or nothing; safetensors tells errno in words only."""
    found = _FOREIGN_ERRNO.search(str(error))
    code = error.errno if isinstance(error, OSError) else int(found[1]) if found else None
    return os.strerror(code) if code in _NO_ROOM and code is not None else ""


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sweep(folder: Path) -> None:
    """Remove what killed runs left unfinished directly in `folder`."""
    for path in folder.glob(f".*{_UNFINISHED}"):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
