"""The key to ChemBench as a critic: reads what a reply answers, and says whether it is right."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from superalign.critics.rules import stance
from superalign.evals.chembench.answers import Answer, read_answer, without_echo
from superalign.evals.chembench.extract import extract
from superalign.evals.chembench.original import read_original
from superalign.evals.chembench.prompts import Style
from superalign.evals.chembench.questions import Question
from superalign.evals.chembench.scoring import Marks, mark
from superalign.records import Episode, Outcome, Policy, Reply, Verdict, digest


@dataclass(frozen=True, slots=True)
class Scored:
    """One reply to a question, with its verdict read back into measures."""

    question: Question
    verdict: Verdict
    tokens: int | None = None
    compat: bool = False
    error: str = ""
    """Why no reply came, in the endpoint's words."""

    @property
    def said(self) -> Answer | None:
        """What was answered; null where nothing was."""
        written = self.verdict.critique
        if not written:
            return None
        return frozenset(written.split(",")) if self.question.options else float(written)

    @property
    def marks(self) -> Marks | None:
        """What the answer is worth; null where there is none."""
        said = self.said
        return None if said is None else mark(self.question, said, compat=self.compat)


class ChemGold:
    """Passes what is wholly right: every right option and no other, or a number close enough.

    Kinds of failure: `wrong`, `unreadable` (no answer can be found) and `refused`. Where no tag
    holds an answer the `extractor`, if there is one, is asked what the reply settles on; `samples`
    then counts its reply. A reply that never came is unscored, and so is one whose extractor
    failed or was cut off. The critique is the answer alone, as `A,C` or `0.5`.
    """

    def __init__(
        self,
        questions: Sequence[Question],
        *,
        style: Style = "instruct",
        compat: bool = False,
        extractor: Policy | None = None,
        seed: int = 0,
    ) -> None:
        """Hold the answers; `compat` reads and decides as the original does."""
        self._questions = {q.id: q for q in questions}
        self.style, self.compat = style, compat
        self.extractor, self.seed = extractor, seed
        asked = extractor.id if extractor else None
        self.id = digest("chembench", list(questions), style, compat, asked, seed)

    async def judge(self, episodes: Sequence[Episode]) -> list[Verdict]:
        """Return one verdict per episode, in order."""
        return await asyncio.gather(*map(self._judged, episodes))

    async def _judged(self, episode: Episode) -> Verdict:
        question = self._questions.get(episode.problem.id)
        if question is None:
            return self._say(Outcome.UNSCORED, "no_key")
        verdict = self.verdict(question, episode.final, prompt=episode.problem.prompt)
        if verdict.kind != "unreadable" or self.extractor is None:
            return verdict
        heard = await extract(self.extractor, question, episode.final.text, seed=self.seed)
        said = self._read(question, heard) if heard.came else None
        if said is None and heard.stop != "end":
            return self._say(Outcome.UNSCORED, "extractor")
        found = verdict if said is None else self._concluded(question, said)
        return found.model_copy(update={"samples": 1})

    def verdict(self, question: Question, reply: Reply, *, prompt: str = "") -> Verdict:
        """Return what the reply alone shows; nobody is asked to extract an answer."""
        if not reply.came:
            return self._say(Outcome.UNSCORED, reply.stop)
        said = self._read(question, reply, prompt)
        if said is not None:
            return self._concluded(question, said)
        refused = stance(reply.text) == "refuses"
        return self._say(Outcome.FAIL, "refused" if refused else "unreadable")

    def _read(self, question: Question, reply: Reply, prompt: str = "") -> Answer | None:
        if self.compat:
            return read_original(question, reply.text, self.style)
        cut = reply.stop == "length"
        return read_answer(question, without_echo(reply.text, prompt), self.style, cut=cut)

    def _concluded(self, question: Question, said: Answer) -> Verdict:
        right = mark(question, said, compat=self.compat).right
        written = ",".join(sorted(said)) if isinstance(said, frozenset) else repr(said)
        return self._say(Outcome.of(right), "" if right else "wrong", written)

    def _say(self, outcome: Outcome, kind: str, written: str = "") -> Verdict:
        score = {Outcome.PASS: 1.0, Outcome.FAIL: 0.0, Outcome.UNSCORED: None}[outcome]
        return Verdict(
            critic=self.id,
            outcome=outcome,
            kind=kind,
            confidence=score,
            scores={"right": score},
            critique=written,
        )
