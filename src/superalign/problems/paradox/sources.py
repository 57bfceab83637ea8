"""Where items come from: data sets by name, worlds without end, or a file of one's own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random
from string import Formatter
from typing import get_args

from superalign.errors import BadInput
from superalign.problems.answers import tidy
from superalign.problems.paradox.item import Item, WorldName, read_items
from superalign.problems.paradox.worlds import WORLDS, right
from superalign.problems.rows import Row, read_rows
from superalign.problems.tasks.choices import NONE_RIGHT, OPTIONS, flat
from superalign.problems.tasks.fields import text
from superalign.problems.tasks.registry import source_of
from superalign.problems.tasks.source import Rows, files_of
from superalign.records import digest, seed_of

TRUTHFULQA = "truthfulqa"
TRUTHFULQA_HUB = "truthfulqa/truthful_qa"
POOL = 4
"""Items drawn of a world for each easy wrong answer: what is right of one may suit another."""
_IN_CONTEXT = "{context}\nQuestion: {question}"
_OPEN = {
    "cosmosqa": _IN_CONTEXT,
    "hellaswag": "{ctx}\nHow does it go on?",
    "openbookqa": "{question_stem}",
    "piqa": "Goal: {goal}\nHow is this goal reached?",
    "quail": _IN_CONTEXT,
    "quartz": "{para}\nQuestion: {question}",
    "sciq": "{question}",
    "social-i-qa": _IN_CONTEXT,
}
"""How the question of a multiple choice is put without its candidates; the first field groups."""
DRAWN: tuple[WorldName, ...] = tuple(n for n in get_args(WorldName) if WORLDS[n].draw)
DATA = (*sorted((*_OPEN, TRUTHFULQA)), *DRAWN)
"""Names of data sets and worlds."""


def items(
    name: str, where: Path | None, *, n: int, limit: int | None, wrong: int, seed: int
) -> list[Item]:
    """Return items, each with `wrong` easy wrong answers where so many can be had.

    Args:
        name: One of `DATA`; empty reads a file of one's own.
        where: The user's copy of the data set, or their own file.
        n: Items to draw of a world.
        limit: Items at most, drawn by the seed; None takes all.
        wrong: Wrong answers of either kind, at most.
        seed: Of all that is drawn.

    Raises:
        BadInput: If there is no such data, it cannot be read, or nothing is left.
    """
    found = _found(name, where, min(n, max(limit, POOL * wrong)) if limit else n, wrong, seed)
    if not found:
        raise BadInput(f"{where or name}: no question can be asked without its candidates")
    drawn = sorted(found, key=lambda i: digest("drawn", seed, i.id))[:limit]
    pool = sorted({(i.reference, i.group) for i in found})
    Random(seed_of(seed, name, "pool")).shuffle(pool)
    return [_with_wrong(i, pool, wrong, seed) for i in drawn]


def _found(name: str, where: Path | None, n: int, wrong: int, seed: int) -> list[Item]:
    if name in DRAWN:
        if where is not None:
            raise BadInput(f"{name}: is generated and reads no data; leave {where} out")
        return _drawn(name, n, wrong, seed)
    if not name:
        if where is None:
            raise BadInput("paradox needs --set data=NAME, or --data with a JSONL file of items")
        return read_items(where)
    if name == TRUTHFULQA:
        return [_truthful(i, row) for i, row in enumerate(_truthfulqa(where), 1)]
    if name not in _OPEN:
        raise BadInput(f"no data {name!r}; there are {', '.join(DATA)}, or --data with your items")
    return list(_chosen(name, where))


def _drawn(name: str, n: int, wrong: int, seed: int) -> list[Item]:
    """Return `n` items of a world, no two the same; fewer where it holds no more."""
    draw = next(w.draw for world, w in WORLDS.items() if world == name)
    assert draw is not None
    rng, found = Random(seed_of(seed, name, "paradox")), dict[str, Item]()
    for _ in range(4 * n):
        item = draw(rng, wrong)
        found.setdefault(item.id, item)
        if len(found) == n:
            break
    return list(found.values())


def _chosen(name: str, where: Path | None) -> Iterator[Item]:
    """Yield the questions of multiple choice; those whose right answer is none are passed over."""
    source = source_of(name)
    assert isinstance(source, Rows)
    train, test = source.rows(name, where)
    rows: Iterable[Row] = list(test) or train
    names = [field for _, field, _, _ in Formatter().parse(_OPEN[name]) if field]
    for number, row in enumerate(rows, 1):
        found = OPTIONS[name](row)
        options = [o.strip() for o in found.texts]
        reference = options[found.right]
        if reference.startswith(NONE_RIGHT):
            continue
        if name == "openbookqa" and "question" in row.fields:
            row = flat(row)
        said = {field: text(row, field).strip() for field in names}
        hard = [o for o in options if tidy(o) != tidy(reference) and not o.startswith(NONE_RIGHT)]
        yield Item(
            id=f"{name}-{number}",
            input=_OPEN[name].format(**said),
            reference=reference,
            hard=tuple(dict.fromkeys(hard)),
            group=said[names[0]],
        )


def _truthfulqa(where: Path | None) -> Iterator[Row]:
    if where is None:
        return read_rows(TRUTHFULQA_HUB, split="validation", config="generation")
    if not where.is_dir():
        return read_rows(where)
    files = files_of(where)
    if len(files) != 1:
        raise BadInput(f"{where}: needs one file of rows; has {len(files)}")
    return read_rows(files[0])


def _truthful(number: int, row: Row) -> Item:
    """Read TruthfulQA as published (lists parted by `; `) or as the hub has it."""
    hub = "question" in row.fields
    names = ("question", "best_answer") if hub else ("Question", "Best Answer")
    asked, best = (text(row, name).strip() for name in names)
    fine, wrong = (
        _listed(row, f"{kind}_answers" if hub else f"{kind.title()} Answers")
        for kind in ("correct", "incorrect")
    )
    others = tuple(a for a in fine if tidy(a) != tidy(best))
    right = {tidy(a) for a in (best, *others)}
    hard = tuple(a for a in wrong if tidy(a) not in right)
    return Item(
        id=f"{TRUTHFULQA}-{number}", input=asked, reference=best, references=others, hard=hard
    )


def _listed(row: Row, name: str) -> list[str]:
    value = row.fields.get(name)
    parts = value if isinstance(value, list) else text(row, name).split(";")
    return list(dict.fromkeys(p.strip() for p in parts if p.strip()))


def _with_wrong(item: Item, pool: list[tuple[str, str]], wrong: int, seed: int) -> Item:
    """Return the item with at most `wrong` wrong answers of either kind.

    Easy ones that are not given are right answers to items of other groups.
    """
    rng = Random(seed_of(seed, item.id, "wrong"))
    taken = {tidy(a) for a in (*item.right, *item.hard)}
    easy = list(item.easy)
    start = rng.randrange(len(pool))
    for said, group in (*pool[start:], *pool[:start]) if not easy else ():
        if len(easy) == wrong:
            break
        if tidy(said) not in taken and (not group or group != item.group) and not right(item, said):
            easy.append(said)
            taken.add(tidy(said))
    hard = rng.sample(item.hard, min(wrong, len(item.hard)))
    return item.model_copy(update={"easy": tuple(easy[:wrong]), "hard": tuple(hard)})
