"""Gold for OmniPlay: it plays the replies again, with the hidden state in sight."""

from __future__ import annotations

from collections.abc import Sequence

from superalign.games.omniplay import OmniPlay
from superalign.problems.omniplay.protocol import replay
from superalign.records import Episode, Outcome, Verdict, digest


class OmniPlayGold:
    """Passes a game that was won; `scores` also has how good the play was, in [0, 1].

    A play in which a reply never came is unscored.
    """

    def __init__(self, game: OmniPlay) -> None:
        self.game = game
        self.id = digest("omniplay gold")

    async def judge(self, episodes: Sequence[Episode]) -> list[Verdict]:
        """Return one verdict per episode, in order."""
        return [self._verdict(e) for e in episodes]

    def _verdict(self, episode: Episode) -> Verdict:
        if not episode.final.came:
            return Verdict(critic=self.id, outcome=Outcome.UNSCORED, kind=episode.final.stop)
        scene = self.game.scene(episode.problem.id)
        state = replay(scene, [m.reply.text for m in episode.moves]).state
        return Verdict(
            critic=self.id,
            outcome=Outcome.of(state.won),
            kind="" if state.won else "lost",
            confidence=float(state.won),
            scores={"right": float(state.won), "score": state.score},
        )
