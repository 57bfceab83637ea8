"""The record itself: one SQLite file. The only place that knows sqlalchemy.

An episode is stored once per distinct content. Its verdicts stand apart from it: the newest of
each critic in `verdicts`, and in `played` the very verdicts that a step returned, so that a later
step's verdict on the same episode changes nothing about an earlier step.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sql
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import DatabaseError, OperationalError

from superalign.ledger.folder import refuse
from superalign.records import Episode, Verdict, digest

FILE = "ledger.sqlite"

_SCHEMA = sql.MetaData()
_EPISODES = sql.Table(
    "episodes",
    _SCHEMA,
    sql.Column("number", sql.Integer, primary_key=True),
    sql.Column("content", sql.String, nullable=False, unique=True),
    sql.Column("id", sql.String, nullable=False, index=True),
    sql.Column("body", sql.Text, nullable=False),
)
_VERDICTS = sql.Table(
    "verdicts",
    _SCHEMA,
    sql.Column("number", sql.Integer, primary_key=True),
    sql.Column("episode", sql.String, nullable=False),
    sql.Column("critic", sql.String, nullable=False),
    sql.Column("body", sql.Text, nullable=False),
    sql.UniqueConstraint("episode", "critic"),
)
_STEPS = sql.Table(
    "steps",
    _SCHEMA,
    sql.Column("number", sql.Integer, primary_key=True),
    sql.Column("key", sql.String, nullable=False, unique=True),
    sql.Column("name", sql.String, nullable=False),
    sql.Column("result", sql.Text, nullable=False),
    sql.Column("seconds", sql.Float, nullable=False),
    sql.Column("at", sql.String, nullable=False),
)
_PLAYED = sql.Table(
    "played",
    _SCHEMA,
    sql.Column("step", sql.String, primary_key=True),
    sql.Column("place", sql.Integer, primary_key=True),
    sql.Column("content", sql.String, nullable=False),
    sql.Column("verdicts", sql.Text, nullable=False),
)
_WORKED = sql.Table(
    "worked",
    _SCHEMA,
    sql.Column("number", sql.Integer, primary_key=True),
    sql.Column("seconds", sql.Float, nullable=False),
)
"""One row: the running total."""
_READ_ONLY = {"mode": "ro", "uri": "true"}
_BATCH = 10_000
"""Ids asked for in one query; SQLite takes up to 32766."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step that is done."""

    name: str
    key: str
    """Digest of the name and of everything the result depends on."""
    seconds: float
    at: str
    """When it was recorded, ISO 8601 in UTC."""


def _engine(path: Path, *, read_only: bool) -> sql.Engine:
    """Return the engine for `path`; a database server for several machines would come in here."""
    where, query = (f"file:{quote(str(path))}", _READ_ONLY) if read_only else (str(path), {})
    engine = sql.create_engine(sql.URL.create("sqlite", database=where, query=query))
    pragmas = ["busy_timeout=10000"]
    if not read_only:
        pragmas += ["journal_mode=WAL", "synchronous=NORMAL"]

    @sql.event.listens_for(engine, "connect")
    def prepare(connection: Any, _: object) -> None:
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    return engine


class Store:
    """Rows of one run. Every method is one transaction.

    Raises:
        BadInput: From any method, if the file cannot be read or written; it names the directory.
    """

    def __init__(self, folder: Path, *, read_only: bool = False) -> None:
        self._folder = folder
        self._engine = _engine(folder / FILE, read_only=read_only)
        if not read_only:
            with self._transaction() as connection:
                _SCHEMA.create_all(connection)

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()

    @contextmanager
    def _transaction(self) -> Iterator[sql.Connection]:
        try:
            with self._engine.begin() as connection:
                yield connection
        except DatabaseError as error:
            if type(error) not in (OperationalError, DatabaseError):
                raise
            refuse(self._folder, error.orig)

    def add(self, episodes: Iterable[Episode]) -> None:
        """Store episodes and, as each critic's newest, their verdicts."""
        with self._transaction() as connection:
            _add(connection, list(episodes))

    def find(self, ids: Sequence[str] | None) -> list[Episode]:
        """Return the episodes with these ids, or all in the order written.

        Raises:
            KeyError: If there is no episode with one of the ids.
        """
        with self._transaction() as connection:
            episodes = _bodies(connection, ids)
            verdicts = _newest_verdicts(connection, ids)
        wanted = episodes if ids is None else ids
        return [episodes[i].judged(*verdicts.get(i, ())) for i in wanted]

    def result(self, key: str) -> str | None:
        """Return what the step `key` recorded, as JSON, or None if it is not done."""
        query = sql.select(_STEPS.c.result).where(_STEPS.c.key == key)
        with self._transaction() as connection:
            return connection.scalar(query)

    def finish(
        self, step: Step, result: str, episodes: Sequence[Episode] = (), *, worked: float
    ) -> None:
        """Record that `step` is done, with its result and the episodes it played.

        `worked` is recorded with it, as by `work`.
        """
        row = {**_row(step), "result": result}
        with self._transaction() as connection:
            contents = _add(connection, episodes)
            places = [
                {"step": step.key, "place": i, "content": c, "verdicts": _verdicts_json(e)}
                for i, (c, e) in enumerate(zip(contents, episodes, strict=True))
            ]
            if places:
                connection.execute(sql.insert(_PLAYED), places)
            connection.execute(sql.insert(_STEPS), row)
            _work(connection, worked)

    def work(self, seconds: float) -> None:
        """Record how long all processes together have worked on the run so far."""
        with self._transaction() as connection:
            _work(connection, seconds)

    def worked(self) -> float:
        """Return what `work` recorded last, or 0."""
        with self._transaction() as connection:
            return connection.scalar(sql.select(_WORKED.c.seconds)) or 0.0

    def played(self, key: str) -> list[Episode]:
        """Return what the step `key` played: same order, same verdicts."""
        query = (
            sql.select(_EPISODES.c.body, _PLAYED.c.verdicts)
            .join(_EPISODES, _EPISODES.c.content == _PLAYED.c.content)
            .where(_PLAYED.c.step == key)
            .order_by(_PLAYED.c.place)
        )
        with self._transaction() as connection:
            rows = connection.execute(query).all()
        return [Episode.model_validate_json(b).judged(*_verdicts_of(v)) for b, v in rows]

    def steps(self) -> list[Step]:
        """Return the steps that are done, in the order recorded."""
        columns = [_STEPS.c[name] for name in ("name", "key", "seconds", "at")]
        with self._transaction() as connection:
            rows = connection.execute(sql.select(*columns).order_by(_STEPS.c.number)).all()
        return [Step(name=name, key=key, seconds=s, at=at) for name, key, s, at in rows]


def _work(connection: sql.Connection, seconds: float) -> None:
    row = {"number": 1, "seconds": seconds}
    connection.execute(sql.insert(_WORKED).prefix_with("OR REPLACE"), row)


def _row(step: Step) -> dict[str, Any]:
    return {"name": step.name, "key": step.key, "seconds": step.seconds, "at": step.at}


def _verdicts_json(episode: Episode) -> str:
    return "[" + ",".join(v.model_dump_json() for v in episode.verdicts) + "]"


def _verdicts_of(text: str) -> list[Verdict]:
    return [Verdict.model_validate(v) for v in json.loads(text)]


def _add(connection: sql.Connection, episodes: Sequence[Episode]) -> list[str]:
    """Store what is new and return the content name of each episode."""
    bodies = [e.bare().model_dump_json() for e in episodes]
    contents = [digest(body) for body in bodies]
    rows = [
        {"content": content, "id": e.id, "body": body}
        for content, e, body in zip(contents, episodes, bodies, strict=True)
    ]
    verdicts = [
        {"episode": e.id, "critic": v.critic, "body": v.model_dump_json()}
        for e in episodes
        for v in e.verdicts
    ]
    if rows:
        connection.execute(insert(_EPISODES).on_conflict_do_nothing(), rows)
    if verdicts:
        # A replaced row gets a new number, so the newest verdict stands last, as in `judged`.
        connection.execute(sql.insert(_VERDICTS).prefix_with("OR REPLACE"), verdicts)
    return contents


def _bodies(connection: sql.Connection, ids: Sequence[str] | None) -> dict[str, Episode]:
    """Return bare episodes by id; of several contents with one id, the first written."""
    query = sql.select(_EPISODES.c.id, _EPISODES.c.body).order_by(_EPISODES.c.number)
    found: dict[str, Episode] = {}
    for name, body in _rows(connection, query, _EPISODES.c.id, ids):
        if name not in found:
            found[name] = Episode.model_validate_json(body)
    return found


def _newest_verdicts(
    connection: sql.Connection, ids: Sequence[str] | None
) -> dict[str, list[Verdict]]:
    query = sql.select(_VERDICTS.c.episode, _VERDICTS.c.body).order_by(_VERDICTS.c.number)
    found: defaultdict[str, list[Verdict]] = defaultdict(list)
    for name, body in _rows(connection, query, _VERDICTS.c.episode, ids):
        found[name].append(Verdict.model_validate_json(body))
    return found


def _rows(
    connection: sql.Connection,
    query: sql.Select[Any],
    column: sql.Column[str],
    ids: Sequence[str] | None,
) -> Iterator[Any]:
    """Yield the rows of `query`, all or those whose `column` is one of `ids`."""
    if ids is None:
        yield from connection.execute(query)
        return
    for start in range(0, len(ids), _BATCH):
        yield from connection.execute(query.where(column.in_(ids[start : start + _BATCH])))
