"""Whether two answers are the same, by the name of the code whose rules are followed.

| name | the same is |
|---|---|
| `exact`, `choice` | the same words, in any case and spacing |
| `number` | the same number, however written |
| `math` | what `math-verify` calls the same; the default for mathematics |
| `easy-to-hard` | the same string under either normal form (Sun et al. 2024, arXiv 2403.09472) |
| `prm800k` | that, or a difference that algebra makes zero (Lightman et al. 2023) |

The last two reproduce published figures; they call 1/4 and 0.25 different, or 10^2 and 100.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from superalign.problems import equations
from superalign.problems.answers import Mode, number, tidy
from superalign.problems.forms import (
    benchmark_form,
    elements,
    in_latex,
    is_fraction,
    is_integer,
    may_be_simplified,
    plain_form,
)

Forms = tuple[str | None, ...]
Alike = Callable[[str, str], bool | None]


@dataclass(frozen=True, slots=True)
class Grader:
    """How answers are compared: cheaply by forms, and dearly where no form is shared."""

    forms: Callable[[str], Forms]
    """Answers with an equal form at one place are the same; None is equal to nothing."""
    alike: Alike | None = None
    """Whether two answers that share no form are the same all the same; None is undecided."""
    value: Callable[[str], complex | None] | None = None
    """A number: where those of two answers differ, `alike` is not asked; None says nothing."""

    def shared(self, gold: str, said: str) -> bool:
        """Return whether two answers share a form."""
        pairs = zip(self.forms(gold), self.forms(said), strict=True)
        return any(a == b and a is not None for a, b in pairs)

    def equal(self, gold: str, said: str) -> bool | None:
        """Return whether two answers are the same, or None when it could not be decided in time."""
        if self.shared(gold, said):
            return True
        return False if self.alike is None else self.alike(gold, said)


_PLAIN = re.compile(
    r"[-+]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,40})(\.[0-9]{1,40})?(/[1-9][0-9]{0,39})?"
)


def _words(answer: str) -> Forms:
    return (tidy(answer),)


def _number(answer: str) -> Forms:
    found = number(answer)
    return tidy(answer), None if found is None else str(found)


def _mathematics(answer: str) -> Forms:
    found = _fraction(answer)
    return tidy(answer), None if found is None else str(found)


def _strings(answer: str) -> Forms:
    return benchmark_form(answer), plain_form(answer)


@lru_cache(maxsize=4096)
def _fraction(answer: str) -> Fraction | None:
    """Return a number that is written in digits alone, exactly."""
    return number(answer) if _PLAIN.fullmatch(answer.strip()) else None


def _verified(gold: str, said: str) -> bool | None:
    """Ask `math-verify`, except of two fractions of whole numbers, which it compares exactly."""
    if "." not in gold + said and None not in (_fraction(gold), _fraction(said)):
        return False
    return equations.same(gold, said)


def _plain_value(answer: str) -> complex | None:
    return equations.value(in_latex(plain_form(answer)))


def _simplified(gold: str, said: str) -> bool | None:
    """Compare element by element; unreduced fractions, and 10^2 for 100, are not the same."""
    pairs = [elements(plain_form(text)) for text in (gold, said)]
    if len(pairs[0]) != len(pairs[1]):
        return False
    found = [_element(a, b) for a, b in zip(*pairs, strict=True)]
    return False if False in found else None if None in found else True


def _element(gold: str, said: str) -> bool | None:
    if gold == said:
        return True
    exact = is_fraction(gold) and is_fraction(said)
    if exact or is_integer(gold) != is_integer(said) or not may_be_simplified(gold, said):
        return False
    return equations.cancels(in_latex(gold), in_latex(said))


GRADERS: dict[Mode, Grader] = {
    "exact": Grader(_words),
    "choice": Grader(_words),
    "number": Grader(_number),
    "math": Grader(_mathematics, _verified, equations.value),
    "easy-to-hard": Grader(_strings),
    "prm800k": Grader(_strings, _simplified, _plain_value),
}
