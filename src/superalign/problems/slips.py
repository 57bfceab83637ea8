"""Solutions of chains that go wrong at one step and carry it on: seeds of a sneaky prover."""

from __future__ import annotations

from random import Random

from superalign.problems.chains import MODULUS, Chain, compute, solve, step


def slipped(chain: Chain, rng: Random) -> str | None:
    """Return a solution in which one result is wrong and so is the answer, all else following.

    None where the error cannot reach the answer, whichever step it is in.
    """
    gold = solve(chain).rpartition("#")[2]
    places = list(range(len(chain.needed())))
    rng.shuffle(places)
    for place in places:
        lines, answer = _carried(chain, place, rng.randrange(1, MODULUS))
        if str(answer) != gold:
            return "\n".join([*lines, f"#{answer}"])
    return None


def _carried(chain: Chain, place: int, by: int) -> tuple[list[str], int]:
    """Return the steps with the result at `place` off by `by`, and the answer they lead to."""
    values, lines = dict(chain.givens), []
    for i, d in enumerate(chain.needed()):
        left, right = (int(o) if o.isdigit() else values[o] for o in (d.left, d.right))
        result = compute(d.operator, left, right)
        lines.append(step(d, values, (result + by * (i == place)) % MODULUS))
    return lines, values[chain.question]
