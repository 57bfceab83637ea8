"""Two domains from one that share no truth and no rule: in and out of distribution."""

from __future__ import annotations

from collections.abc import Iterator

from superalign.problems.kumo.domain import Domain


def components(domain: Domain) -> list[tuple[str, ...]]:
    """Return the truths in groups; two are in one if an action can rule out both, in steps.

    Groups stand in the order of their first truth in the domain.
    """
    group = {truth: {truth} for truth in domain.truths}
    for states in domain.outcomes.values():
        together = sorted(frozenset().union(*(s.excludes for s in states)))
        for truth in together[1:]:
            first, second = group[together[0]], group[truth]
            if first is not second:
                first |= second
                group.update(dict.fromkeys(second, first))
    return [tuple(t for t in domain.truths if t in g) for g in _distinct(domain, group)]


def _distinct(domain: Domain, group: dict[str, set[str]]) -> Iterator[set[str]]:
    done: set[str] = set()
    for truth in domain.truths:
        if truth not in done:
            done |= group[truth]
            yield group[truth]


def split(domain: Domain) -> tuple[Domain, Domain]:
    """Return (in distribution, out of distribution): the groups in turn, the first one inside.

    Where all truths hang together the second domain is empty. Names end in `IND` and `OOD`.
    """
    groups = components(domain)
    sides = []
    for name, own in (("IND", groups[::2]), ("OOD", groups[1::2])):
        part = domain.only([truth for group in own for truth in group])
        sides.append(
            Domain(f"{domain.name}{name}", part.truths, part.outcomes, part.goal, part.kinds)
        )
    return sides[0], sides[1]
