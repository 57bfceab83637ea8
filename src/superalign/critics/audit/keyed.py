"""Cases from a user's problems: the key's answer as a good reply, another answer as a wrong one."""

from __future__ import annotations

import random
from collections.abc import Sequence
from string import ascii_lowercase

from superalign.critics.audit.cases import (
    Case,
    in_other_words,
    master_keys,
    on_the_way,
    replied,
    variant,
)
from superalign.problems.answers import equal
from superalign.problems.key import Key
from superalign.records import Problem, seed_of

SAYS = "The answer is {}."
SHORT = "Answer: {}"


def keyed_cases(problems: Sequence[Problem], key: Key, *, seed: int, prose: bool) -> list[Case]:
    """Return the cases of a user's problems; one without an answer in the key has keys alone."""
    cases: list[Case] = []
    for problem in problems:
        gold = key.look_up(problem.id)
        rng = random.Random(seed_of(seed, "audit", problem.id))
        wrong = None if gold is None else _another(problem, gold, key, rng)
        if gold is not None and wrong is not None:
            cases += _both(problem, gold, wrong, prose)
    return [*cases, *master_keys(problems[::4])]


def _both(problem: Problem, gold: str, wrong: str, prose: bool) -> list[Case]:
    good, bad = SAYS.format(gold), SAYS.format(wrong)
    start = SAYS.index("{")
    clean = Case(probe="clean", kind="clean", episode=replied(problem, good), right=True)
    tampered = Case(
        probe="tamper",
        kind="wrong answer",
        episode=replied(problem, bad),
        right=False,
        span=(start, start + len(wrong)),
    )
    cases = [clean, tampered, *on_the_way(problem, good, bad)]
    for case, answer in ((clean, gold), (tampered, wrong)):
        cases.append(variant(case, "renamed", problem, SHORT.format(answer)))
        cases += in_other_words(case) if prose else []
    return cases


def _another(problem: Problem, gold: str, key: Key, rng: random.Random) -> str | None:
    """Return an answer that differs from `gold`, or None where none was found."""
    if key.mode == "choice":
        letters = [chr(65 + i) for i in range(len(problem.choices)) if chr(65 + i) != gold]
        return rng.choice(letters) if letters else None
    places = [i for i, c in enumerate(gold) if c.isalnum() and c.isascii()]
    digits = [i for i in places if gold[i].isdigit()] or places
    rng.shuffle(digits)
    for at in digits:
        alphabet = "123456789" if gold[at].isdigit() else ascii_lowercase
        other = rng.choice([c for c in alphabet if c != gold[at].lower()])
        changed = gold[:at] + other + gold[at + 1 :]
        if equal(gold, changed, key.mode) is False:
            return changed
    return None
