"""Domains written down: Python literals or JSON, parsed and never executed."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Mapping
from typing import Any

from superalign.errors import BadInput
from superalign.problems.kumo.domain import Domain, State, Value

LONGEST = 400_000
"""Characters of a source, at most."""
COLLECTIONS = (list, set, tuple, frozenset, dict)
"""What may hold truths; `{}` is how an empty set is often written."""
NUMBERS = ("int", "float")
"""Declared types whose states are numbers, also where JSON had to write them as text."""


def from_python(text: str, name: str) -> Domain:
    """Read the literals that `text` assigns; whatever else it says is not looked at.

    Raises:
        BadInput: If it is no Python, or assigns no truths or outcomes that can be used.
    """
    if len(text) > LONGEST:
        raise BadInput(f"{name}: longer than a domain can be")
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise BadInput(f"{name}: not Python that can be read: {error}") from None
    found: dict[str, Any] = {}
    for node in tree.body:
        if isinstance(node, ast.AnnAssign | ast.Assign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [t.id for t in targets if isinstance(t, ast.Name)]
            found.update(dict.fromkeys(names, _literal(node.value)))
    return from_parts(found, name)


def from_json(text: str, name: str) -> Domain:
    """Read a JSON object whose tuple keys are written `"[low, high]"`.

    Raises:
        BadInput: As `from_python`.
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{name}: not JSON: {error}") from None
    if not isinstance(found, dict):
        raise BadInput(f"{name}: a domain is a JSON object")
    return from_parts(found, name, keys_are_text=True)


def from_parts(parts: Mapping[str, Any], name: str, *, keys_are_text: bool = False) -> Domain:
    """Make a domain of named literals: a mapping of outcomes and a collection of truths.

    Truths are the collection that shares most with what outcomes rule out, whatever its name.

    Raises:
        BadInput: If one is missing, or a field of the outcomes is not what it has to be.
    """
    rules = parts.get("Outcomes")
    if not isinstance(rules, dict) or not rules:
        raise BadInput(f"{name}: field 'Outcomes' is missing or no mapping")
    known = _truths(parts, rules)
    if not known:
        raise BadInput(f"{name}: there is no collection of truths")
    outcomes = {
        str(a): _states(o, known, f"{name}: action {a!r}", keys_are_text) for a, o in rules.items()
    }
    kinds = {str(a): str(o.get("type", "")) for a, o in rules.items()}
    return Domain(name, known, outcomes, kinds=kinds)


def _truths(parts: Mapping[str, Any], rules: Mapping[str, Any]) -> tuple[str, ...]:
    states = [
        s for r in rules.values() if isinstance(r, dict) and isinstance(s := r.get("states"), dict)
    ]
    ruled_out = {
        str(t) for s in states for ts in s.values() if isinstance(ts, COLLECTIONS) for t in ts
    }
    lists = [v for v in parts.values() if isinstance(v, COLLECTIONS) and not isinstance(v, dict)]
    found = max(lists, key=lambda v: len(ruled_out & set(map(str, v))), default=())
    ordered = sorted(found, key=str) if isinstance(found, set | frozenset) else found
    return tuple(dict.fromkeys(str(t) for t in ordered))


def _states(
    rule: object, truths: Iterable[str], place: str, keys_are_text: bool
) -> tuple[State, ...]:
    states = rule.get("states") if isinstance(rule, dict) else None
    if not isinstance(rule, dict) or not isinstance(states, dict) or not states:
        raise BadInput(f"{place}: field 'states' is missing or no mapping")
    numbers = keys_are_text and rule.get("type") in NUMBERS
    found = []
    for key, excluded in states.items():
        if not isinstance(excluded, COLLECTIONS):
            raise BadInput(f"{place}: state {key!r} does not list truths")
        value = _read_key(key, numbers) if keys_are_text else _value(key, place)
        found.append(State(value, frozenset(map(str, excluded)) & frozenset(truths)))
    return tuple(found)


def _value(key: object, place: str) -> Value:
    if isinstance(key, tuple):
        if len(key) == 2 and all(isinstance(x, int | float) for x in key):
            return (key[0], key[1])
        raise BadInput(f"{place}: {key!r} is no interval")
    if isinstance(key, bool) or not isinstance(key, str | int | float):
        return str(key)
    return key


def _read_key(key: str, number: bool) -> Value:
    """Read a key that JSON wrote as text: an interval, a number where they are due, or a word."""
    if not (key.startswith("[") or number):
        return key
    try:
        found = json.loads(key)
    except ValueError:
        return key
    if isinstance(found, list):
        both = len(found) == 2 and all(isinstance(x, int | float) for x in found)
        return (found[0], found[1]) if both else key
    return found if isinstance(found, int | float) and not isinstance(found, bool) else key


def _literal(node: ast.expr) -> Any:
    """Return the value of a literal, or None for an expression, which is not evaluated."""
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return None
