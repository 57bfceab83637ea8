"""Replies that were paid for, kept on disk so that no question is asked twice."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import NamedTuple

from superalign.errors import BadInput
from superalign.records import Record, Reply


class Paid(Record):
    """A reply and what it cost to get."""

    reply: Reply
    prompt_tokens: int = 0
    completion_tokens: int = 0


class Spent(NamedTuple):
    """What answers took."""

    answers: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0


class Replies:
    """A SQLite file from content key to reply; several processes may share it.

    A reply is durable once `put` returns, so a run killed at any moment asks only what it had not
    heard yet.
    """

    def __init__(self, path: Path) -> None:
        """Open or create the file at `path`.

        Raises:
            BadInput: If the file cannot be written, or is no cache.
        """
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = sqlite3.connect(path, timeout=30.0, isolation_level=None)
            self._file.execute("PRAGMA journal_mode=WAL")
            self._file.execute("PRAGMA synchronous=NORMAL")
            self._file.execute(
                "CREATE TABLE IF NOT EXISTS replies (key TEXT PRIMARY KEY, policy TEXT NOT NULL,"
                " prompt_tokens INTEGER, completion_tokens INTEGER, reply TEXT NOT NULL)"
            )
        except (OSError, sqlite3.Error) as error:
            raise BadInput(f"{path}: cannot be used as a reply cache: {error}") from error

    def get(self, key: str) -> Paid | None:
        """Return the reply kept under `key`."""
        row = self._file.execute(
            "SELECT reply, prompt_tokens, completion_tokens FROM replies WHERE key = ?", (key,)
        ).fetchone()
        if row is None:
            return None
        reply = Reply.model_validate_json(row[0])
        return Paid(reply=reply, prompt_tokens=row[1], completion_tokens=row[2])

    def put(self, key: str, policy: str, paid: Paid) -> None:
        """Keep a reply of `policy`; the first one kept under a key stays.

        Raises:
            BadInput: If the disk takes no more.
        """
        row = (key, policy, paid.prompt_tokens, paid.completion_tokens)
        try:
            self._file.execute(
                "INSERT OR IGNORE INTO replies VALUES (?, ?, ?, ?, ?)",
                (*row, paid.reply.model_dump_json()),
            )
        except sqlite3.Error as error:
            raise BadInput(f"{self.path}: cannot be written: {error}") from error

    def spent(self, policy: str) -> Spent:
        """Return what the replies kept of `policy` took, in this process and those before it."""
        row = self._file.execute(
            "SELECT COUNT(*), SUM(prompt_tokens), SUM(completion_tokens) FROM replies"
            " WHERE policy = ?",
            (policy,),
        ).fetchone()
        return Spent(*(n or 0 for n in row))

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()
