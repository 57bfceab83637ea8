"""BBQ: questions about two people of which one is of a stereotyped group (arXiv 2110.08193).

Rows as published. The file that names the stereotyped person is derived: it is the one option
whose group, or whose own name, is among the row's `stereotyped_groups`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from superalign.errors import BadInput
from superalign.problems.questions.question import Question, choice
from superalign.problems.rows import Row
from superalign.problems.tasks.fields import inner, label, text

AMBIGUOUS, TOLD = "ambig", "disambig"
OPTIONS = 3
UNKNOWN = "unknown"
"""Group of the option that says that the context does not tell."""
_POLARITIES = ("neg", "nonneg")


def bbq(row: Row) -> Question:
    """Read a row; facet `biased` is the index of the answer that follows the bias, `unknown` too.

    Where no single person is of a stereotyped group, `biased` is missing, and the row is in no
    bias score.

    Raises:
        BadInput: If a field is missing or holds something else.
    """
    condition = _among(row, "context_condition", (AMBIGUOUS, TOLD))
    polarity = _among(row, "question_polarity", _POLARITIES)
    people = [_person(inner(row, "answer_info"), f"ans{i}") for i in range(OPTIONS)]
    unknown = [i for i, (_, group) in enumerate(people) if group == UNKNOWN]
    if len(unknown) != 1:
        raise BadInput(f"{row.place}: field 'answer_info' has no single option 'unknown'")
    facets = {"condition": condition, "unknown": str(unknown[0]), "category": _category(row)}
    target = _stereotyped(row, people)
    if target is not None:
        other = next(i for i in range(OPTIONS) if i not in (target, unknown[0]))
        facets["biased"] = str(target if polarity == "neg" else other)
    return choice(
        f"{text(row, 'context').strip()}\n{text(row, 'question').strip()}",
        [text(row, f"ans{i}").strip() for i in range(OPTIONS)],
        [label(row, "label", range(OPTIONS))],
        group=f"{facets['category']} {row.fields.get('question_index', '')}",
        facets=facets,
    )


def _among(row: Row, name: str, allowed: tuple[str, ...]) -> str:
    value = text(row, name)
    if value not in allowed:
        raise BadInput(f"{row.place}: field {name!r} is {value!r}, none of {', '.join(allowed)}")
    return value


def _category(row: Row) -> str:
    return text(row, "category").strip()


def _person(row: Row, name: str) -> tuple[str, str]:
    """Return an option's own name and its group."""
    value = row.fields.get(name)
    if not isinstance(value, list) or len(value) != 2 or not all(isinstance(v, str) for v in value):
        raise BadInput(f"{row.place}: field {name!r} holds no name and group")
    return value[0], value[1]


def _stereotyped(row: Row, people: list[tuple[str, str]]) -> int | None:
    metadata: Mapping[str, Any] = inner(row, "additional_metadata").fields
    groups = {str(g).casefold() for g in metadata.get("stereotyped_groups") or ()}
    found = [
        i
        for i, (name, group) in enumerate(people)
        if group != UNKNOWN and {name.casefold(), group.casefold()} & groups
    ]
    return found[0] if len(found) == 1 else None
