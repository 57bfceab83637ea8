"""The published sampler: a SAT solver chooses states that rule out every truth but the valid one.

Its model is taken as it comes, so tasks are not equally likely: the order of the variables decides
which actions appear. Use `uniform` where that matters.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from random import Random
from typing import TYPE_CHECKING, Any

from superalign.errors import BadInput

if TYPE_CHECKING:
    from superalign.problems.kumo.generate import Size, Table


def solved(table: Table, truths: Sequence[int], size: Size, rng: Random) -> dict[str, int] | None:
    """Return a state for each of `size.actions` actions, or None where these truths have none."""
    valid = 1 << truths[0]
    others = [1 << t for t in truths[1:]]
    whole = sum(others) | valid
    names = [
        (action, index, mask)
        for action in table.relevant(whole)
        for index, mask in table.open(action, valid)
        if mask & whole
    ]
    bound = min(size.actions, len({a for a, _, _ in names}))
    model = _model(names, others, bound)
    if model is None:
        return None
    states = {names[v - 1][0]: names[v - 1][1] for v in model if 0 < v <= len(names)}
    return _filled(states, table, whole, valid, size, rng)


def _model(
    names: Sequence[tuple[str, int, int]], others: Sequence[int], bound: int
) -> list[int] | None:
    """Solve: at most one state an action, at most `bound` states, each other truth ruled out."""
    card, solver = _pysat()
    by_action: dict[str, list[int]] = {}
    for variable, (action, _, _) in enumerate(names, 1):
        by_action.setdefault(action, []).append(variable)
    clauses = [[-a, -b] for own in by_action.values() for a, b in combinations(own, 2)]
    clauses += [[v for v, (_, _, m) in enumerate(names, 1) if m & other] for other in others]
    if not all(clauses):
        return None
    at_most = card.atmost(lits=list(range(1, len(names) + 1)), bound=bound)
    with solver(name="minisat22", bootstrap_with=clauses + at_most.clauses) as engine:
        return list(engine.get_model()) if engine.solve() else None


def _filled(
    states: dict[str, int], table: Table, whole: int, valid: int, size: Size, rng: Random
) -> dict[str, int] | None:
    """Add random actions, relevant ones first, each with a random state that spares the valid."""
    near = [a for a in table.relevant(whole) if a not in states]
    far = [a for a in table.masks if a not in states and a not in set(near)]
    for action in [*rng.sample(near, len(near)), *rng.sample(far, len(far))]:
        if len(states) >= size.actions:
            break
        if options := table.open(action, valid):
            states[action] = rng.choice(options)[0]
    return states if len(states) == size.actions else None


def _pysat() -> Any:
    """Return the encoder of cardinalities and the solver.

    Raises:
        BadInput: If python-sat is not installed.
    """
    try:
        from pysat.card import CardEnc
        from pysat.solvers import Solver
    except ImportError as error:
        raise BadInput(
            f"KUMO's SAT sampler needs python-sat ({error}): pip install 'superalign[evals]'"
        ) from error
    return CardEnc, Solver
