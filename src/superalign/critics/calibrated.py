"""Any critic that states a confidence, under a calibration measured on what people said."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from superalign.critics.protocol import Calibration, Critic
from superalign.records import Episode, Outcome, Verdict, digest


class Calibrated:
    """Judges as `critic` does, its confidence made to mean what it says.

    `raw` of every verdict is the critic's own confidence, so that another calibration needs no
    second look. A verdict without confidence stays as it is.
    """

    def __init__(
        self, critic: Critic, calibration: Calibration | None = None, *, threshold: float = 0.5
    ) -> None:
        """Wrap `critic`; without a calibration its confidence is taken as it is."""
        self.critic, self.calibration, self.threshold = critic, calibration, threshold

    @cached_property
    def id(self) -> str:
        """Digest of critic, calibration and threshold."""
        calibration = self.calibration.id if self.calibration else ""
        return digest("calibrated", self.critic.id, calibration, self.threshold)

    def calibrated(self, calibration: Calibration) -> Calibrated:
        """Return this critic under another calibration."""
        return Calibrated(self.critic, calibration, threshold=self.threshold)

    async def judge(self, episodes: Sequence[Episode]) -> list[Verdict]:
        """Return one verdict per episode, in order."""
        return self._apply(await self.critic.judge(episodes))

    def rejudge(self, judged: Sequence[Episode]) -> list[Episode]:
        """Return episodes judged under another calibration with this one's verdict instead."""
        verdicts = self._apply([e.verdicts[-1] for e in judged])
        return [e.bare().judged(v) for e, v in zip(judged, verdicts, strict=True)]

    def _apply(self, verdicts: Sequence[Verdict]) -> list[Verdict]:
        raw = [v.uncalibrated for v in verdicts]
        known = [r for r in raw if r is not None]
        sure = iter(self.calibration(known) if self.calibration and known else known)
        return [
            self._with(v, r, next(sure)) if r is not None else self._named(v)
            for v, r in zip(verdicts, raw, strict=True)
        ]

    def _named(self, verdict: Verdict) -> Verdict:
        return verdict.model_copy(update={"critic": self.id})

    def _with(self, verdict: Verdict, raw: float, sure: float) -> Verdict:
        if verdict.outcome is Outcome.UNSCORED:
            return self._named(verdict)
        outcome = Outcome.of(sure >= self.threshold)
        update = {"critic": self.id, "raw": raw, "confidence": sure, "outcome": outcome}
        return verdict.model_copy(update=update)
