"""Critics that know the world's truth. Only measurement, people's labels and ceilings hold one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from superalign.problems import chains
from superalign.records import Episode, Outcome, Verdict

Check = Callable[[str, str], chains.Check]
"""Checks a solution (prompt, reply) step by step."""


class Oracle:
    """Says of every line whether it is right; the line at which a reply was cut off is wrong."""

    def __init__(self, check: Check = chains.check, *, name: str = "oracle-chains") -> None:
        self.check, self.id = check, name

    async def judge(self, episodes: Sequence[Episode]) -> list[Verdict]:
        """Return a verdict per episode; a reply that was cut off is wrong, an error unscored."""
        return [self.verdict(e) for e in episodes]

    def verdict(self, episode: Episode) -> Verdict:
        """Judge one episode."""
        if episode.final.stop in ("error", "refused"):
            return Verdict(critic=self.id, outcome=Outcome.UNSCORED, kind=episode.final.stop)
        found = self.check(episode.problem.prompt, episode.final.text)
        ended = episode.final.stop == "end"
        steps = found.steps if ended else (*found.steps[:-1], False)
        right = found.right and ended
        return Verdict(
            critic=self.id,
            outcome=Outcome.PASS if right else Outcome.FAIL,
            confidence=float(right),
            steps=tuple(float(s) for s in steps),
        )
