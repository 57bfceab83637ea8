"""Outcome and process reward models: a chance per line of a solution, and one score from them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from superalign.critics.protocol import Calibration
from superalign.measures.steps import Aggregation, aggregate
from superalign.policies import step_scores
from superalign.policies.checkpoints import fingerprint, load_tokenizer
from superalign.policies.local import LocalPolicy
from superalign.policies.steps import ended_lines
from superalign.records import Episode, Issue, Message, Outcome, Verdict, digest

NAME = "process-reward-"
"""What a critic's id begins with."""


class ProcessReward:
    """Judges a solution by its steps, or, with a model of outcomes, by what it says at the end.

    A checkpoint that was never trained to judge reads with its bare likelihoods. `raw` is the
    aggregate of the step scores; of `mean_odds`, which has no upper bound, it is o / (1 + o).
    """

    def __init__(
        self,
        checkpoint: Path,
        reader: LocalPolicy,
        *,
        calibration: Calibration | None = None,
        threshold: float = 0.5,
        tokens_per_batch: int = 16384,
        aggregation: Aggregation | None = None,
    ) -> None:
        """Score with `checkpoint`; `reader` turns messages into tokens as the learner sees them.

        Without an `aggregation`, a model of outcomes is read at the last step and every other at
        the weakest.
        """
        self.folder, self.reader, self.calibration = checkpoint, reader, calibration
        self.threshold, self.tokens_per_batch = threshold, tokens_per_batch
        outcome = aggregation is None and step_scores.kind_of(checkpoint) == "outcome"
        self.aggregation: Aggregation = aggregation or ("last" if outcome else "min")

    @cached_property
    def id(self) -> str:
        """Digest of weights, calibration, threshold and any aggregation but the weakest step."""
        calibration = self.calibration.id if self.calibration else ""
        how = [] if self.aggregation == "min" else [self.aggregation]
        return NAME + digest(fingerprint(self.folder), calibration, self.threshold, *how)

    @cached_property
    def model(self) -> Any:
        """The weights, loaded once."""
        return step_scores.load(self.folder)

    @cached_property
    def tokenizer(self) -> Any:
        """The tokenizer the weights were trained with."""
        return load_tokenizer(self.folder)

    def calibrated(self, calibration: Calibration) -> ProcessReward:
        """Return this critic under another calibration, weights shared."""
        other = ProcessReward(
            self.folder,
            self.reader,
            calibration=calibration,
            threshold=self.threshold,
            tokens_per_batch=self.tokens_per_batch,
            aggregation=self.aggregation,
        )
        other.__dict__.update(model=self.model, tokenizer=self.tokenizer)
        return other

    async def judge(self, episodes: Sequence[Episode]) -> list[Verdict]:
        """Return a verdict per episode; a reply that was cut off or is empty is `UNSCORED`."""
        readable = [e for e in episodes if e.final.stop == "end" and e.final.text]
        said = [(e.moves[-1].seen, e.final.text) for e in readable]
        steps = await asyncio.to_thread(self.chances, said)
        return self._verdicts(episodes, {e.id: s for e, s in zip(readable, steps, strict=True)})

    async def score(self, seen: Sequence[Message], begun: Sequence[str]) -> list[float]:
        """Return the aggregate of the lines of each beginning of a solution, for a step search.

        A beginning that ends in a newline is unfinished: its end token is not counted.
        """
        steps = await asyncio.to_thread(self.chances, [(tuple(seen), text) for text in begun])
        said = [s[:-1] if t.endswith("\n") else s for s, t in zip(steps, begun, strict=True)]
        return [aggregate(self.aggregation, s) for s in said]

    def rejudge(self, judged: Sequence[Episode]) -> list[Episode]:
        """Return episodes judged under another calibration with this one's verdict instead.

        The step scores are taken from the last verdict; no weights run.
        """
        steps = {e.id: e.verdicts[-1].steps for e in judged if e.verdicts[-1].steps}
        verdicts = self._verdicts(judged, steps)
        return [e.bare().judged(v) for e, v in zip(judged, verdicts, strict=True)]

    def _verdicts(
        self, episodes: Sequence[Episode], steps: Mapping[str, Sequence[float]]
    ) -> list[Verdict]:
        raw = {name: self._raw(s) for name, s in steps.items()}
        sure = raw
        if self.calibration is not None and raw:
            sure = dict(zip(raw, self.calibration(list(raw.values())), strict=True))
        unscored = Verdict(critic=self.id, outcome=Outcome.UNSCORED, kind="unreadable")
        return [
            self._verdict(e, steps[e.id], sure[e.id]) if e.id in steps else unscored
            for e in episodes
        ]

    def _verdict(self, episode: Episode, steps: Sequence[float], p: float) -> Verdict:
        passed = p >= self.threshold
        issues = () if passed else (_issue(episode.final.text, steps),)
        return Verdict(
            critic=self.id,
            outcome=Outcome.of(passed),
            confidence=p,
            raw=self._raw(steps),
            steps=tuple(steps),
            critique="; ".join(i.why for i in issues),
            issues=issues,
        )

    def _raw(self, steps: Sequence[float]) -> float:
        score = aggregate(self.aggregation, steps)
        return score / (1 + score) if self.aggregation == "mean_odds" else score

    def chances(self, said: Sequence[tuple[tuple[Message, ...], str]]) -> list[list[float]]:
        """Return the chance of each line of each (seen, solution); equal ones are read once."""
        texts = list(dict.fromkeys(said))
        rows = [self._row(seen, text) for seen, text in texts]
        found = step_scores.score(self.model, rows, tokens_per_batch=self.tokens_per_batch)
        scores = dict(zip(texts, found, strict=True))
        return [scores[key] for key in said]

    def _row(self, seen: Sequence[Message], text: str) -> tuple[list[int], list[int]]:
        prompt = self.reader.encode(seen)
        tokens, ends = ended_lines(self.tokenizer, text)
        return [*prompt, *tokens], [len(prompt) + e for e in (-1, *ends)]


def _issue(text: str, steps: Sequence[float]) -> Issue:
    """Name the first step that is at least as likely wrong as right, else the weakest."""
    weakest = min(range(len(steps)), key=steps.__getitem__)
    step = next((i for i, p in enumerate(steps) if p < 0.5), weakest)
    lines = text.split("\n")
    quote, start = lines[step], sum(len(line) + 1 for line in lines[:step])
    why = f"step {step + 1} ({quote!r}) is right with chance {steps[step]:.2f}"
    return Issue(quote=quote, why=why, step=step, start=start, end=start + len(quote))
