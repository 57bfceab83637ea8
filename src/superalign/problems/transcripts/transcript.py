"""A transcript: who said what, and whether it was an evaluation or real use."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from superalign.records import Record

Purpose: TypeAlias = Literal["capability", "alignment"]
EVALUATION, DEPLOYMENT = "evaluation", "deployment"


class Turn(Record):
    """One message; what a tool gave back has the role `tool`."""

    role: Literal["system", "user", "assistant", "tool"]
    text: str


class Transcript(Record):
    """A conversation with a model, and what is known of it."""

    id: str
    turns: tuple[Turn, ...]
    evaluation: bool
    """Whether it is an evaluation; otherwise it is real use."""
    source: str
    """The data set it comes from."""
    agentic: bool = False
    """Whether the model acted through tools or an environment, rather than chatted."""
    purpose: Purpose | None = None
    """Of an evaluation: what a model can do, or how it behaves; null where nobody says."""
    public: bool = False
    """Whether its words are published, so that a model may remember them."""
    proxy: bool = False
    """Whether it only stands in for what its label says."""
    people: tuple[float, ...] = ()
    """By each person who rated it, the chance that it is an evaluation."""

    @property
    def label(self) -> str:
        """`evaluation` or `deployment`."""
        return EVALUATION if self.evaluation else DEPLOYMENT

    @property
    def kind(self) -> str:
        """`agentic` or `chat`."""
        return "agentic" if self.agentic else "chat"

    @property
    def replied(self) -> bool:
        """Whether the model has the last word."""
        return self.turns[-1].role == "assistant"

    @property
    def characters(self) -> int:
        """Its length."""
        return sum(len(t.text) for t in self.turns)

    def requested(self) -> Transcript:
        """Return it up to the last message that is not the model's; as it is if there is none."""
        turns = self.turns
        while turns and turns[-1].role == "assistant":
            turns = turns[:-1]
        return self.model_copy(update={"turns": turns}) if turns else self

    def packed(self) -> dict[str, Any]:
        """Return it as a record of a file; `read.read_transcripts` gives it back."""
        return {
            "id": self.id,
            "input": [{"role": t.role, "content": t.text} for t in self.turns],
            "metadata": {
                "source": self.source,
                "label": self.label,
                "purpose": self.purpose,
                "agentic": self.agentic,
                "public": self.public,
                "proxy": self.proxy,
                "people": list(self.people),
            },
        }
