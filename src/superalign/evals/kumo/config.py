"""What an evaluation on KUMO depends on, beside model and seed, and the tasks it comes to."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, Literal

from annotated_types import Ge

from superalign.errors import BadInput
from superalign.problems.kumo.audit import flag
from superalign.problems.kumo.books import book
from superalign.problems.kumo.difficulty import Wanted
from superalign.problems.kumo.generate import Sampler, Size, generate
from superalign.problems.kumo.invented import invented
from superalign.problems.kumo.play import STEPS
from superalign.problems.kumo.published import Library, read_library
from superalign.problems.kumo.split import split
from superalign.problems.kumo.task import Task
from superalign.records import Record, seed_of


class KumoConfig(Record):
    """Tasks, and how a model plays them."""

    setting: str | None = None
    """Only published tasks of this size, such as `4x6`; null takes all."""
    domains: tuple[str, ...] = ()
    """Only these domains; none takes all."""
    fresh: bool = False
    """Whether tasks are drawn anew from the domains of `--data` in place of the published ones."""
    broken: bool = False
    """Whether published tasks that are broken are played too."""
    tasks: Annotated[int, Ge(1)] = 50
    """Fresh tasks of each domain."""
    invented: Annotated[int, Ge(1)] = 5
    """Invented domains, where no folder is given."""
    truths: Annotated[int, Ge(2)] = 4
    actions: Annotated[int, Ge(1)] = 6
    sampler: Sampler = "uniform"
    side: Literal["ind", "ood"] | None = None
    """Of each domain that fresh tasks come from, the half in or out of distribution."""
    length: tuple[int, int] | None = None
    """Actions that the best player takes on a fresh task: from and to."""
    redundancy: tuple[float, float] | None = None
    """Share of a fresh task's actions that are to spare: from and to."""
    guide: Literal["own", "template", "none"] = "own"
    """The knowledge book: the task's own, or a template's where it has none; or always one."""
    writer: str | None = None
    """A model that writes a book for each task and revises it; null keeps the books there are."""
    steps: Annotated[int, Ge(1)] = STEPS
    temperature: float = 0.7
    max_tokens: Annotated[int, Ge(1)] = 1024


def chosen(
    config: KumoConfig, data: Path | None, *, seed: int, limit: int | None
) -> tuple[list[Task], dict[str, Any]]:
    """Return the tasks to play and, of published ones, which are `broken` and how many `skipped`.

    Domains take turns, so that a limit cuts all of them alike.

    Raises:
        BadInput: If the folder cannot be read or nothing is left to play.
    """
    left_out: dict[str, Any] = {}
    library = read_library(data) if data else None
    if library and not config.fresh:
        tasks, left_out = _published(config, library)
    else:
        tasks = _fresh(config, library, seed, limit)
    if not tasks:
        raise BadInput(f"{data}: no task is left of what was asked for")
    tasks = sorted(tasks, key=lambda t: (t.seed, t.setting, t.domain.name))[:limit]
    if config.guide == "template":
        tasks = [replace(t, book=book(t)) for t in tasks]
    return tasks, left_out


def _published(config: KumoConfig, library: Library) -> tuple[list[Task], dict[str, Any]]:
    wanted = [
        t
        for t in library.tasks
        if (not config.domains or t.domain.name in config.domains)
        and config.setting in (None, t.setting)
    ]
    flagged = [flag(t) for t in wanted if t.broken]
    kept = wanted if config.broken else [t for t in wanted if not t.broken]
    return kept, {"broken": flagged, "skipped": len(wanted) - len(kept)}


def _fresh(config: KumoConfig, library: Library | None, seed: int, limit: int | None) -> list[Task]:
    size = Size(truths=config.truths, actions=config.actions)
    if library:
        names = config.domains or library.domains
        domains = [d for n, d in library.domains.items() if n in names]
    else:
        domains = [invented(seed_of(seed, i) % 10**6) for i in range(config.invented)]
    if config.side:
        domains = [split(d)[config.side == "ood"] for d in domains]
    if library or config.side:
        domains = [
            d for d in domains if len(d.truths) >= size.truths and len(d.outcomes) >= size.actions
        ]
    each = min(config.tasks, -(-limit // len(domains))) if limit and domains else config.tasks
    wanted = Wanted(length=config.length, redundancy=config.redundancy)
    return [
        task
        for domain in domains
        for task in islice(
            generate(domain, size, seed=seed, sampler=config.sampler, wanted=wanted), each
        )
    ]
