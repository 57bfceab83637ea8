"""Chains: modular arithmetic in which every step of a solution can be checked.

A problem of level `n` needs exactly `n` operations, each of which uses the result of the one
before it:

    k3             a given: k is 3
    b=k*7          a definition: b is 21 mod 10 = 1
    x=b-k
    x?             the question

A solution restates each definition, puts the values in beside their names, gives the result beside
the name it belongs to, and ends with the answer:

    b=k*7=k3*7=b1
    x=b-k=b1-k3=x8
    #8

The world is the package's ground truth for easy-to-hard claims: people may label levels 1 to 3,
everything above is out of their reach. A one-digit answer is guessed right one time in ten, so
*right* always means the answer **and** every step.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from string import ascii_lowercase

from superalign.records import Problem

MODULUS = 10
LEVELS = range(1, 11)
EASY = (1, 2, 3)
"""Levels that people can label."""

_GIVEN = re.compile(r"([a-z])(\d)", re.ASCII)
_DEFINITION = re.compile(r"([a-z])=([a-z]|\d)([-+*])([a-z]|\d)", re.ASCII)
_QUESTION = re.compile(r"([a-z])\?")
_STEP = re.compile(
    r"([a-z])=([a-z]|\d)([-+*])([a-z]|\d)"  # the definition
    r"=([a-z]?)(\d)([-+*])([a-z]?)(\d)"  # with values
    r"=([a-z])(\d)",  # the name and its result
    re.ASCII,
)
_ANSWER = re.compile(r"#(\d)", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Axes:
    """How a chain is made harder at the same level."""

    back_reference: float = 0.3
    """Chance that the second operand is an earlier variable rather than a digit."""
    distractors: int = 0
    """Definitions that the answer does not need."""
    shuffled: bool = False
    """Whether definitions stand in random order."""


@dataclass(frozen=True, slots=True)
class Definition:
    """`name = left operator right`; operands are variables or digits."""

    name: str
    left: str
    operator: str
    right: str

    def __str__(self) -> str:
        return f"{self.name}={self.left}{self.operator}{self.right}"


@dataclass(frozen=True, slots=True)
class Chain:
    """A parsed problem."""

    givens: Mapping[str, int]
    definitions: tuple[Definition, ...]
    question: str

    def needed(self) -> list[Definition]:
        """Return the definitions the answer rests on, in an order that can be worked through."""
        by_name = {d.name: d for d in self.definitions}
        found: dict[str, Definition] = {}

        def visit(name: str) -> None:
            if name in by_name and name not in found:
                definition = by_name[name]
                visit(definition.left)
                visit(definition.right)
                found[name] = definition

        visit(self.question)
        return list(found.values())


@dataclass(frozen=True, slots=True)
class Check:
    """What the oracle says of one solution."""

    steps: tuple[bool, ...]
    """Per line of the solution, the answer line last: restated, filled in and computed rightly."""
    right: bool
    """Every line holds, nothing needed is missing, and the answer follows."""

    @property
    def first_error(self) -> int:
        """Index of the first wrong line, or -1."""
        return next((i for i, ok in enumerate(self.steps) if not ok), -1)


def compute(operator: str, left: int, right: int) -> int:
    """Return `left operator right` modulo ten."""
    match operator:
        case "+":
            return (left + right) % MODULUS
        case "-":
            return (left - right) % MODULUS
        case "*":
            return (left * right) % MODULUS
    raise ValueError(f"unknown operator {operator!r}")


def draw(level: int, rng: random.Random, axes: Axes | None = None) -> Problem:
    """Return one random problem of `level` operations."""
    axes = axes or Axes()
    names = rng.sample(ascii_lowercase, 2 + level + axes.distractors)
    givens = {name: rng.randrange(MODULUS) for name in names[:2]}
    chain: list[Definition] = []
    last = names[0]
    for name in names[2 : 2 + level]:
        earlier = [*givens, *(d.name for d in chain)]
        chain.append(_define(name, last, earlier, axes.back_reference, rng))
        last = name
    lines = list(chain)
    for name in names[2 + level :]:
        place = rng.randint(0, len(lines))
        earlier = [*givens, *(d.name for d in lines[:place])]
        extra = _define(name, rng.choice(earlier), earlier, axes.back_reference, rng)
        lines.insert(place, extra)
    if axes.shuffled:
        rng.shuffle(lines)
    shown = [f"{n}{v}" for n, v in givens.items()] + [str(d) for d in lines]
    return Problem.of("\n".join([*shown, f"{last}?"]) + "\n", level=level)


def _define(
    name: str, last: str, earlier: list[str], back: float, rng: random.Random
) -> Definition:
    others = [e for e in earlier if e != last]
    other = rng.choice(others) if others and rng.random() < back else str(rng.randrange(MODULUS))
    left, right = (last, other) if rng.random() < 0.5 else (other, last)
    return Definition(name, left, rng.choice("+-*"), right)


def parse(prompt: str) -> Chain:
    """Read a prompt back.

    Raises:
        ValueError: If a line is neither a given, a definition nor the question.
    """
    givens: dict[str, int] = {}
    definitions: list[Definition] = []
    question = ""
    for line in prompt.split():
        if found := _GIVEN.fullmatch(line):
            givens[found[1]] = int(found[2])
        elif found := _DEFINITION.fullmatch(line):
            definitions.append(Definition(*found.groups()))
        elif found := _QUESTION.fullmatch(line):
            question = found[1]
        else:
            raise ValueError(f"not a chains line: {line!r}")
    return Chain(givens, tuple(definitions), question)


def solve(chain: Chain) -> str:
    """Return the reference solution."""
    return "\n".join([*worked(chain), f"#{_value(chain)}"])


def worked(chain: Chain) -> Iterator[str]:
    """Yield the right steps, in order."""
    values = dict(chain.givens)
    for definition in chain.needed():
        yield step(definition, values)


def step(definition: Definition, values: dict[str, int], result: int | None = None) -> str:
    """Return the text of one step and store its result in `values`; `result` overrides the rule."""
    d = definition
    left, right = (_look_up(o, values) for o in (d.left, d.right))
    result = compute(d.operator, left, right) if result is None else result
    filled_in = f"{_shown(d.left, left)}{d.operator}{_shown(d.right, right)}"
    text = f"{d}={filled_in}={d.name}{result}"
    values[d.name] = result
    return text


def _shown(operand: str, value: int) -> str:
    return operand if operand.isdigit() else f"{operand}{value}"


def _look_up(operand: str, values: Mapping[str, int]) -> int:
    return int(operand) if operand.isdigit() else values[operand]


def _value(chain: Chain) -> int:
    values = dict(chain.givens)
    for definition in chain.needed():
        step(definition, values)
    return values[chain.question]


def check(prompt: str, solution: str) -> Check:
    """Check every line of `solution`.

    A step is right when it restates its definition, fills in the values *as the solution has them
    so far*, and computes the result rightly; a solution whose lines are all right is therefore
    right, and the first wrong line is where it went wrong. Pure; costs microseconds.
    """
    chain = parse(prompt)
    by_name = {d.name: d for d in chain.definitions}
    values = dict(chain.givens)
    *lines, last = solution.split("\n") or [""]
    steps = [_check_step(line, by_name, values) for line in lines]
    answer = _ANSWER.fullmatch(last)
    answered = answer is not None and values.get(chain.question) == int(answer[1])
    return Check((*steps, answered), answered and all(steps))


def _check_step(line: str, by_name: Mapping[str, Definition], values: dict[str, int]) -> bool:
    """Check one line and let `values` follow what the line claims."""
    found = _STEP.fullmatch(line)
    if found is None:
        return False
    name, left, operator, right, *filled_in, bound, result = found.groups()
    left_name, left_value, again, right_name, right_value = filled_in
    known = dict(values)
    values[bound] = int(result)
    return (
        by_name.get(name) == Definition(name, left, operator, right)
        and bound == name
        and again == operator
        and _stands_for(left, left_name, left_value, known)
        and _stands_for(right, right_name, right_value, known)
        and compute(operator, int(left_value), int(right_value)) == int(result)
    )


def _stands_for(operand: str, name: str, value: str, values: Mapping[str, int]) -> bool:
    """Return whether `name` and `value`, as filled in, are what `operand` stands for."""
    if operand.isdigit():
        return not name and value == operand
    return name == operand and values.get(operand) == int(value)


def answer_of(solution: str) -> str | None:
    """Return the final answer a solution states, or None when it states none."""
    found = _ANSWER.fullmatch(solution.rsplit("\n", 1)[-1])
    return found[1] if found else None


def compose(parts: Sequence[tuple[str, str]], rng: random.Random) -> tuple[str, str] | None:
    """Put problems and their solutions one after another into one long problem and solution.

    Variables are renamed so that none is shared; givens and definitions are listed part by part,
    the question and the answer are those of the last part. None if the letters do not suffice or
    a solution has no answer line.
    """
    letters = rng.sample(ascii_lowercase, len(ascii_lowercase))
    shown: list[str] = []
    steps: list[str] = []
    for prompt, solution in parts:
        names = sorted(set(filter(str.isalpha, prompt)))
        if len(names) > len(letters) or "\n#" not in solution:
            return None
        table = str.maketrans({name: letters.pop() for name in names})
        *lines, question = prompt.translate(table).strip().split("\n")
        *worked, answer = solution.translate(table).split("\n")
        shown, steps = [*shown, *lines], [*steps, *worked]
    shown.sort(key=lambda line: "=" in line)
    return "\n".join([*shown, question]) + "\n", "\n".join([*steps, answer])
