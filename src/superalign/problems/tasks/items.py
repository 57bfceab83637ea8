"""Items: rows as read, and how they come to a task: duplicates out, groups whole, classes even."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from superalign.errors import BadInput
from superalign.problems.answers import tidy
from superalign.problems.key import Key
from superalign.problems.tasks.task import Kind, Task, gathered
from superalign.records import Problem, seed_of

TEST_SHARE = 1 / 3
"""Of items without a test split of their own: halves and test are then equally large."""
SKEWED = 0.55
"""Share of the larger class above which it is thinned out (Burns et al. 2023, appendix A.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One problem to be, with its answer."""

    prompt: str
    answer: str
    group: str
    """Items of a group stand on one side of every split."""
    question: str = ""
    """Of candidate answers to one question as many right ones are kept as wrong ones."""
    choices: tuple[str, ...] = ()
    level: int | None = None
    sealed: bool = False
    """Whether its source is for evaluation only: it may measure and never train."""
    others: Mapping[str, str] = field(default_factory=dict)
    """The answer by other standards, by name."""

    @property
    def text(self) -> tuple[str, ...]:
        """What makes two items the same: the text in one case and spacing, choices in any order."""
        return (tidy(self.prompt), *sorted(map(tidy, self.choices)))

    @property
    def right(self) -> str:
        """The answer, whatever the order of the choices."""
        return self.choices[int(self.answer)] if self.choices else self.answer

    @property
    def problem(self) -> Problem:
        """The problem, without the answer."""
        return Problem.of(self.prompt, choices=self.choices, level=self.level)


def classified(prompt: str, right: bool, group: str, *, question: str = "") -> Item:
    """Return an item to classify: class 1 if `right`."""
    return Item(prompt=prompt, answer=str(int(right)), group=group, question=question)


def compared(
    context: str,
    better: str,
    worse: str,
    rng: random.Random,
    *,
    group: str,
    level: int | None = None,
) -> Item:
    """Return an item to compare, its two replies in random order."""
    first = rng.random() < 0.5
    choices = (better, worse) if first else (worse, better)
    answer = "0" if first else "1"
    return Item(prompt=context, answer=answer, group=group, choices=choices, level=level)


def assemble(
    name: str,
    kind: Kind,
    train: Sequence[Item],
    test: Sequence[Item] | None,
    *,
    n: int | None,
    seed: int,
) -> Task:
    """Return the task of these items.

    An item that is there twice is kept once, one with two answers not at all, and none of `train`
    shares its text or group with `test`. Per question as many right as wrong candidates are kept;
    a class above 55% of a split is thinned out at random until both are equal.

    Args:
        name: Name of the task.
        kind: What is asked.
        train: The items, of which the sealed ones may only measure.
        test: Its own test items; None cuts a third off `train`, the same third for every seed.
        n: Items at most, a third of them to test; None keeps all.
        seed: Which items are kept.

    Raises:
        BadInput: If no item is left to train or to test.
    """
    dropped: Counter[str] = Counter()
    train = _unique(train, dropped)
    train, test = _cut(train, dropped) if test is None else (train, _unique(test, dropped))
    kept = _apart(train, test)
    dropped["in the test split too"] += len(train) - len(kept)
    parts = []
    for part, items, share in (("train", kept, 1 - TEST_SHARE), ("test", test, TEST_SHARE)):
        rng = random.Random(seed_of(seed, name, part))
        found = _even(items, rng) if kind == "classify" else list(items)
        found = found if n is None else _sample(found, round(n * share), rng)
        found = _balanced(found, rng) if kind == "classify" else found
        dropped["not needed"] += len(items) - len(found)
        if not found:
            raise BadInput(f"{name}: no problems are left to {part}")
        parts.append(found)
    return _task(name, kind, parts[0], parts[1], {k: v for k, v in dropped.items() if v})


def _task(
    name: str, kind: Kind, train: list[Item], test: list[Item], dropped: Mapping[str, int]
) -> Task:
    found = {id(item): item.problem for item in (*train, *test)}
    ids = [(found[id(item)].id, item) for item in (*train, *test)]
    standards = sorted({standard for _, item in ids for standard in item.others})
    return Task(
        name=name,
        kind=kind,
        train=[found[id(item)] for item in train],
        test=[found[id(item)] for item in test],
        key=Key({p: item.answer for p, item in ids}, "exact"),
        groups={p: item.group for p, item in ids},
        keys={
            s: Key({p: i.others[s] for p, i in ids if s in i.others}, "exact") for s in standards
        },
        dropped=dropped,
    )


def _unique(items: Sequence[Item], dropped: Counter[str]) -> list[Item]:
    """Return each text once; a text with two answers is nowhere."""
    kept = []
    for same in gathered(items, [item.text for item in items]):
        if len({item.right for item in same}) > 1:
            dropped["with two answers"] += len(same)
            continue
        dropped["there twice"] += len(same) - 1
        kept.append(max(same, key=lambda item: item.sealed))
    return kept


def _cut(items: Sequence[Item], dropped: Counter[str]) -> tuple[list[Item], list[Item]]:
    """Return items to train and to test; the sealed ones test, and nothing else of their groups."""
    sealed = {item.group for item in items if item.sealed}
    free = [item for item in items if item.group not in sealed]
    test = [item for item in items if item.sealed]
    dropped["like one for evaluation only"] += len(items) - len(free) - len(test)
    wanted = round(TEST_SHARE * len(free))
    cut = {id(item) for item in _sample(free, wanted, random.Random(0))}
    return [i for i in free if id(i) not in cut], [i for i in free if id(i) in cut] + test


def _apart(train: Sequence[Item], test: Sequence[Item]) -> list[Item]:
    texts, groups = {i.text for i in test}, {i.group for i in test}
    return [i for i in train if not (i.sealed or i.text in texts or i.group in groups)]


def _sample(items: Sequence[Item], n: int, rng: random.Random) -> list[Item]:
    """Return whole groups at random, `n` items at most."""
    groups = gathered(items, [item.group for item in items])
    rng.shuffle(groups)
    found: list[Item] = []
    for group in groups:
        if len(found) + len(group) <= n:
            found += group
    return found


def _even(items: Sequence[Item], rng: random.Random) -> list[Item]:
    """Return the items, of each question as many right as wrong candidates."""
    found: list[Item] = []
    names: list[object] = [item.question or i for i, item in enumerate(items)]
    for same in gathered(items, names):
        found += _thinned(same, rng) if same[0].question else same
    return found


def _balanced(items: Sequence[Item], rng: random.Random) -> list[Item]:
    """Return the items, thinned out if one class is above `SKEWED`."""
    ones = sum(item.answer == "1" for item in items)
    skewed = max(ones, len(items) - ones) > SKEWED * len(items)
    return _thinned(items, rng) if skewed else list(items)


def _thinned(items: Sequence[Item], rng: random.Random) -> list[Item]:
    """Return as many of either class as there are of the rarer one, in the given order."""
    classes = [[i for i in items if i.answer == answer] for answer in "01"]
    size = min(map(len, classes))
    kept = {id(item) for members in classes for item in rng.sample(members, size)}
    return [item for item in items if id(item) in kept]
