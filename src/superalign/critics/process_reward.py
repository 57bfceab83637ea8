"""A process reward model: a chance per line of a solution that the line is right."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from superalign.critics.protocol import Calibration
from superalign.policies.batching import by_length
from superalign.policies.checkpoints import fingerprint, load_model, load_tokenizer
from superalign.policies.local import LocalPolicy
from superalign.policies.steps import ended_lines
from superalign.records import Episode, Issue, Message, Outcome, Verdict, digest

NAME = "process-reward-"
"""What a critic's id begins with."""
UNTRAINED = (1.0, 3.0)
"""Slope and offset before training: a line of log-probability -3 is as likely right as wrong."""


class ProcessReward:
    """Judges a solution by its weakest step.

    A checkpoint that was never trained to judge reads with its bare likelihoods.
    """

    def __init__(
        self,
        checkpoint: Path,
        reader: LocalPolicy,
        *,
        calibration: Calibration | None = None,
        threshold: float = 0.5,
        tokens_per_batch: int = 16384,
    ) -> None:
        """Score with `checkpoint`; `reader` turns messages into tokens as the learner sees them."""
        self.folder, self.reader, self.calibration = checkpoint, reader, calibration
        self.threshold, self.tokens_per_batch = threshold, tokens_per_batch

    @cached_property
    def id(self) -> str:
        """Digest of weights, calibration and threshold."""
        calibration = self.calibration.id if self.calibration else ""
        return NAME + digest(fingerprint(self.folder), calibration, self.threshold)

    @cached_property
    def model(self) -> Any:
        """The weights, loaded once."""
        return load_model(self.folder)

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
        )
        other.__dict__.update(model=self.model, tokenizer=self.tokenizer)
        return other

    async def judge(self, episodes: Sequence[Episode]) -> list[Verdict]:
        """Return a verdict per episode; a reply that was cut off or is empty is `UNSCORED`."""
        readable = [e for e in episodes if e.final.stop == "end" and e.final.text]
        steps = await asyncio.to_thread(self._score, readable)
        return self._verdicts(episodes, {e.id: s for e, s in zip(readable, steps, strict=True)})

    async def score(self, seen: Sequence[Message], begun: Sequence[str]) -> list[float]:
        """Return the score of each beginning of a solution, its weakest line's, for a step search.

        A beginning that ends in a newline is unfinished: its end token is not counted.
        """
        steps = await asyncio.to_thread(self._read, [(tuple(seen), text) for text in begun])
        return [
            min(s[:-1] if text.endswith("\n") else s) for s, text in zip(steps, begun, strict=True)
        ]

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
        raw = {name: min(s) for name, s in steps.items()}
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
            raw=min(steps),
            steps=tuple(steps),
            critique="; ".join(i.why for i in issues),
            issues=issues,
        )

    def _score(self, episodes: Sequence[Episode]) -> list[list[float]]:
        """Return the chance that each line is right; equal texts are read once."""
        texts = list({(e.moves[-1].seen, e.final.text): None for e in episodes})
        scores = dict(zip(texts, self._read(texts), strict=True))
        return [scores[e.moves[-1].seen, e.final.text] for e in episodes]

    def _read(self, texts: Sequence[tuple[tuple[Message, ...], str]]) -> list[list[float]]:
        rows = [self._row(seen, text) for seen, text in texts]
        read: dict[int, list[float]] = {}
        for batch in by_length([len(r[0]) for r in rows], self.tokens_per_batch):
            scores = score_steps(self.model, [rows[i] for i in batch])
            read.update(zip(batch, scores, strict=True))
        return [read[i] for i in range(len(rows))]

    def _row(self, seen: Sequence[Message], text: str) -> tuple[list[int], list[int]]:
        prompt = self.reader.encode(seen)
        tokens, ends = ended_lines(self.tokenizer, text)
        return [*prompt, *tokens], [len(prompt) + e for e in (-1, *ends)]


def score_steps(model: Any, rows: Sequence[tuple[list[int], list[int]]]) -> list[list[float]]:
    """Return, per row of (tokens, line ends), the chance that each line is right.

    `line ends` begins with the index of the last token before the first line.
    """
    import torch

    longest = max(len(tokens) for tokens, _ in rows)
    ids = torch.tensor([[*t, *[0] * (longest - len(t))] for t, _ in rows], device=model.device)
    with torch.inference_mode():
        logits_BTV = model(input_ids=ids).logits[:, :-1].float()
        said_BT = torch.log_softmax(logits_BTV, -1).gather(2, ids[:, 1:, None]).squeeze(2)
        so_far_BT = torch.nn.functional.pad(said_BT.double().cumsum(1), (1, 0)).cpu()
    slope, offset = getattr(model.config, "line_scale", UNTRAINED)
    scores = []
    for so_far_T, (_, ends) in zip(so_far_BT, rows, strict=True):
        lines = so_far_T[ends].diff()
        scores.append(torch.sigmoid(slope * lines + offset).tolist())
    return scores


def _issue(text: str, steps: Sequence[float]) -> Issue:
    """Name the first step that is at least as likely wrong as right, else the weakest."""
    weakest = min(range(len(steps)), key=steps.__getitem__)
    step = next((i for i, p in enumerate(steps) if p < 0.5), weakest)
    lines = text.split("\n")
    quote, start = lines[step], sum(len(line) + 1 for line in lines[:step])
    why = f"step {step + 1} ({quote!r}) is right with chance {steps[step]:.2f}"
    return Issue(quote=quote, why=why, step=step, start=start, end=start + len(quote))
