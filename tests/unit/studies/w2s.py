"""A small task, and a school that trains nothing and remembers what it was asked."""

import numpy as np

from superalign.problems.key import Key
from superalign.problems.tasks import Task
from superalign.records import Problem
from superalign.studies.weak_to_strong import weak_to_strong

SIZES = ("words-64", "words-512", "words-4096")


def task(n=36, tested=12, kind="classify", flipped=()):
    """Return a task of texts in pairs; those of `flipped` have the wrong truth."""
    if kind == "classify":
        problems = [Problem.of(f"text {i // 2} {'good' if i % 2 else 'bad'}") for i in range(n)]
    else:
        sides = (("good", "bad"), ("bad", "good"))
        problems = [Problem.of(f"text {i // 2}", choices=sides[i % 2]) for i in range(n)]
    truth = {p.id: i % 2 for i, p in enumerate(problems)}
    truth |= {p: 1 - truth[p] for p in flipped}
    return Task(
        name="made",
        kind=kind,
        train=problems[:-tested],
        test=problems[-tested:],
        key=Key({p: str(t) for p, t in truth.items()}, "exact"),
        groups={p.id: p.prompt.split()[1] for p in problems},
    )


def config(**fields):
    given = {"task": "made", "sizes": SIZES, "losses": ("xent",), "seeds": 2, "n": None}
    return weak_to_strong(**{**given, **fields})


class Reciting:
    """Answers by lesson and problem alone, and keeps every lesson."""

    def __init__(self, fails_at=None):
        self.taught, self.calls, self.fails_at = [], 0, fails_at

    def teach(self, lessons):
        self.calls += 1
        if self.calls == self.fails_at:
            raise KeyboardInterrupt
        self.taught += lessons
        return [self.answer(lesson) for lesson in lessons]

    @staticmethod
    def answer(lesson):
        rows = [np.random.default_rng(int(lesson.id + p.id, 16)).random() for p in lesson.asked]
        second = np.round(rows, 6)
        return np.stack([1 - second, second], 1)


def teach_with(school):
    """Return a `teach` that hands the school what it was not asked before."""

    found = {}

    def teach(lessons):
        new = {lesson.id: lesson for lesson in lessons if lesson.id not in found}
        found.update(zip(new, school.teach(list(new.values())), strict=True))
        return [found[lesson.id] for lesson in lessons]

    return teach
