"""Gold: an answer key as a critic. It measures; no learner ever sees it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from superalign.problems.answers import equal, final_answer
from superalign.problems.key import Key
from superalign.records import Episode, Outcome, Verdict, digest


class Gold:
    """Compares the answer a reply commits to with the key.

    A reply that commits to no answer fails, with kind `no_answer`. A problem without an answer in
    the key, a reply that never came and a comparison that took too long are unscored.
    """

    def __init__(self, key: Key) -> None:
        self.key = key
        self.id = digest("gold", key.id)

    async def judge(self, episodes: Sequence[Episode]) -> list[Verdict]:
        """Return one verdict per episode, in order."""
        return await asyncio.to_thread(lambda: [self.verdict(e) for e in episodes])

    def verdict(self, episode: Episode) -> Verdict:
        """Judge one episode."""
        gold, reply = self.key.look_up(episode.problem.id), episode.final
        if gold is None:
            return self._say(Outcome.UNSCORED, "no_key")
        if not reply.came:
            return self._say(Outcome.UNSCORED, reply.stop)
        said = final_answer(reply.text, self.key.mode, cut=reply.stop == "length")
        if said is None:
            return self._say(Outcome.FAIL, "no_answer")
        right = equal(gold, said, self.key.mode)
        if right is None:
            return self._say(Outcome.UNSCORED, "timeout")
        return self._say(Outcome.PASS, "") if right else self._say(Outcome.FAIL, "wrong")

    def _say(self, outcome: Outcome, kind: str) -> Verdict:
        score = {Outcome.PASS: 1.0, Outcome.FAIL: 0.0, Outcome.UNSCORED: None}[outcome]
        return Verdict(
            critic=self.id, outcome=outcome, kind=kind, confidence=score, scores={"right": score}
        )
