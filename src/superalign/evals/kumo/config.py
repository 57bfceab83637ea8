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
from superalign.problems.kumo.domain import Domain
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
    """Of each domain that fresh tasks come from, the half in or out of distribution.

    Domains of which either half is too small are left out, so that both sides are of the same ones.
    """
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


_PUBLISHED = ("setting", "broken")
_FRESH = ("tasks", "truths", "actions", "sampler", "side", "length", "redundancy")
_IDLE = {
    "published": (*_FRESH, "invented"),
    "drawn": (*_PUBLISHED, "invented"),
    "invented": (*_PUBLISHED, "domains"),
}
"""By where tasks come from: fields that would say nothing, and so may not be set."""


def chosen(
    config: KumoConfig, data: Path | None, *, seed: int, limit: int | None
) -> tuple[list[Task], dict[str, Any]]:
    """Return the tasks to play and what was left out.

    Of published tasks that is which are `broken`, how many of them were `skipped`, and the files
    that are `unread`; of fresh ones, the domains that are `too_small`. Domains take turns, so that
    a limit cuts all of them alike.

    Raises:
        BadInput: If the folder cannot be read, a field or a domain plays no part, or nothing is
            left to play.
    """
    published = data is not None and not config.fresh
    for field in _IDLE["published" if published else "drawn" if data else "invented"]:
        if getattr(config, field) != KumoConfig.model_fields[field].default:
            raise BadInput(f"kumo: {field}: plays no part with these tasks")
    library = read_library(data) if data else None
    if library and (unknown := [n for n in config.domains if n not in library.domains]):
        raise BadInput(f"{data}: there is no domain {unknown[0]!r} that can be read")
    if library and published:
        tasks, left_out = _published(config, library)
    else:
        tasks, left_out = _fresh(config, library, seed, limit)
    if not tasks:
        raise BadInput(f"{data or 'invented domains'}: no task is left of what was asked for")
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
    skipped = len(wanted) - len(kept)
    return kept, {"broken": flagged, "skipped": skipped, "unread": list(library.unread)}


def _fresh(
    config: KumoConfig, library: Library | None, seed: int, limit: int | None
) -> tuple[list[Task], dict[str, Any]]:
    size = Size(truths=config.truths, actions=config.actions)
    if library:
        sources = [d for n, d in library.domains.items() if n in (config.domains or (n,))]
    else:
        sources = [invented(seed_of(seed, i) % 10**6) for i in range(config.invented)]
    parts: dict[str, tuple[Domain, ...]] = {
        d.name: split(d) if config.side else (d,) for d in sources
    }
    small = [
        n for n, own in parts.items() if (library or config.side) and not all(map(size.within, own))
    ]
    domains = [own[config.side == "ood"] for n, own in parts.items() if n not in small]
    each = min(config.tasks, -(-limit // len(domains))) if limit and domains else config.tasks
    wanted = Wanted(length=config.length, redundancy=config.redundancy)
    tasks = [
        task
        for domain in domains
        for task in islice(
            generate(domain, size, seed=seed, sampler=config.sampler, wanted=wanted), each
        )
    ]
    return tasks, {"too_small": small}
