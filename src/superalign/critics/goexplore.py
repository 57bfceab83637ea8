"""Gold for Go-Explore: the world itself says whether the goal was reached."""

from __future__ import annotations

from collections.abc import Sequence

from superalign.games.goexplore import GoExplore
from superalign.records import Episode, Outcome, Verdict, digest


class GoExploreGold:
    """Passes a play that reached the goal; a failure's kind says which budget was used up.

    A reply that never came is unscored, and so is a problem that the game does not have.
    """

    def __init__(self, game: GoExplore) -> None:
        self.game = game
        self.id = digest("goexplore gold", game.id)

    async def judge(self, episodes: Sequence[Episode]) -> list[Verdict]:
        """Return one verdict per episode, in order."""
        return [self._verdict(e) for e in episodes]

    def _verdict(self, episode: Episode) -> Verdict:
        if episode.problem not in self.game:
            return self._say(Outcome.UNSCORED, "no_key")
        if not episode.final.came:
            return self._say(Outcome.UNSCORED, episode.final.stop)
        result = self.game.result(episode)
        return self._say(Outcome.of(result.won), "" if result.won else result.end)

    def _say(self, outcome: Outcome, kind: str) -> Verdict:
        score = {Outcome.PASS: 1.0, Outcome.FAIL: 0.0, Outcome.UNSCORED: None}[outcome]
        return Verdict(
            critic=self.id, outcome=outcome, kind=kind, confidence=score, scores={"right": score}
        )
