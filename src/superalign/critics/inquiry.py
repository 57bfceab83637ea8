"""Gold for inquiries: it looks the task up and says whether what was named can be valid."""

from __future__ import annotations

from collections.abc import Sequence

from superalign.problems.kumo.play import STEPS
from superalign.problems.kumo.protocol import replay
from superalign.problems.kumo.shelf import Shelf
from superalign.records import Episode, Outcome, Verdict, digest


class InquiryGold:
    """Passes a truth that no observation of the task rules out, as the published scorer does.

    Kinds of failure: `wrong`, `unreadable` (what was said is no name) and `steps` (turns used up).
    A reply that never came is unscored, and so is a problem that is not on the shelf.
    """

    def __init__(self, shelf: Shelf, *, steps: int = STEPS) -> None:
        self.shelf, self.steps = shelf, steps
        self.id = digest("inquiry gold", steps)

    async def judge(self, episodes: Sequence[Episode]) -> list[Verdict]:
        """Return one verdict per episode, in order."""
        return [self._verdict(e) for e in episodes]

    def _verdict(self, episode: Episode) -> Verdict:
        if episode.problem.id not in self.shelf:
            return self._say(Outcome.UNSCORED, "no_key")
        if not episode.final.came:
            return self._say(Outcome.UNSCORED, episode.final.stop)
        task = self.shelf.task(episode.problem.id)
        play = replay(task, [m.reply.text for m in episode.moves], steps=self.steps)
        if play.success:
            return self._say(Outcome.PASS, "")
        return self._say(Outcome.FAIL, "wrong" if play.end == "named" else play.end)

    def _say(self, outcome: Outcome, kind: str) -> Verdict:
        score = {Outcome.PASS: 1.0, Outcome.FAIL: 0.0, Outcome.UNSCORED: None}[outcome]
        return Verdict(
            critic=self.id, outcome=outcome, kind=kind, confidence=score, scores={"right": score}
        )
