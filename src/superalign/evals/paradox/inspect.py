"""The paradox as a task of Inspect: `inspect eval superalign/paradox --model PROVIDER/NAME`.

A sample is an item: the model makes an answer, chooses by letter in every order, and is asked about
what it made where the questions are exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import nan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inspect_ai import Task, task
from inspect_ai.dataset import Sample
from inspect_ai.model import GenerateConfig
from inspect_ai.scorer import Score, Scorer, Target, mean, scorer, stderr
from inspect_ai.solver import Generate, Solver, TaskState, solver

from superalign.evals.outputs import reply_of

if TYPE_CHECKING:
    from superalign.evals.paradox.choosing import Pick
    from superalign.evals.paradox.config import ParadoxConfig
    from superalign.problems.answers import Mode
    from superalign.problems.paradox.item import Item
    from superalign.records import Message, Reply

MADE, CHOSEN = "paradox_made", "paradox_chosen"
MEASURES = (
    *("generation", "understanding_easy", "understanding_hard", "about_own"),
    *("gap_easy", "gap_hard", "gap_own", "order_flips"),
)


@task
def paradox(data: str = "", source: str = "", limit: int = 0, seed: int = 0, **fields: Any) -> Task:
    """Make an answer, choose it among wrong ones, and answer for what was made.

    Args:
        data: File or folder of the data; none is needed for a world.
        source: Name of the data set or world; empty reads items from the file `data`.
        limit: Items, drawn at random; 0 takes all.
        seed: Of what is drawn.
        fields: Further fields of `ParadoxConfig`; near misses are those given, choices are made by
            letter, and judge and questions are exact.
    """
    from superalign.errors import BadInput
    from superalign.evals.paradox.config import EXACT, GIVEN, ParadoxConfig, chosen

    config = ParadoxConfig.read({**fields, "data": source}, "task paradox")
    fixed = {"hard": GIVEN, "judge": EXACT, "questions": EXACT, "people": "", "good": False}
    for field, only in fixed.items():
        if getattr(config, field) != only:
            raise BadInput(f"task paradox: {field}: here is {only!r} alone; use superalign eval")
    if config.select == "likelihood":
        raise BadInput("task paradox: select: here choices are made by letter")
    items = chosen(config, Path(data) if data else None, seed=seed, limit=limit or None)
    return Task(
        dataset=[_sample(i, config) for i in items],
        solver=player(config.k, config.asks, config.reason, config.grader, seed),
        scorer=judge(config.grader),
        config=GenerateConfig(temperature=config.temperature, max_tokens=config.max_tokens),
        version=1,
        metadata={"seed": seed},
    )


def _sample(item: Item, config: ParadoxConfig) -> Sample:
    """Return a sample whose metadata is the whole item, so that a log can be scored again."""
    from superalign.policies.provider import shown
    from superalign.problems.paradox.protocol import Style, opening

    seen = opening(item, Style(reason=config.reason))
    return Sample(
        input=[shown(m) for m in seen],
        target=list(item.right),
        id=item.id,
        metadata={"item": item.model_dump(mode="json")},
    )


@solver
def player(k: int, asks: int, reason: bool, grader: Mode, seed: int) -> Solver:
    """Ask for an answer, then for every choice, each in a conversation of its own."""
    from superalign.policies.provider import shown
    from superalign.problems.paradox.ballot import ballot, questions
    from superalign.problems.paradox.item import Item
    from superalign.problems.paradox.protocol import Style, choice, opening, settled

    style = Style(reason=reason)

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        item = Item.model_validate(state.metadata["item"])

        async def say(seen: Sequence[Message]) -> Reply:
            state.messages = [shown(m) for m in seen]
            return reply_of((await generate(state)).output)

        made = await say(opening(item, style))
        state.store.set(MADE, made.model_dump(mode="json"))
        about = settled(item, made, grader) or ""
        offered = [ballot(item, "easy", k), ballot(item, "hard", k)]
        put = [b for b in offered if b is not None]
        put += questions(item, about, n=asks, options=k, seed=seed)
        chosen: list[dict[str, Any]] = []
        for b in put:
            for turn in range(len(b.options)):
                reply = await say(choice(item, b, turn, style))
                kept = {"ballot": b.model_dump(), "turn": turn, "reply": reply.model_dump()}
                chosen.append(kept)
        state.store.set(CHOSEN, chosen)
        return state

    return solve


@scorer(metrics={name: [mean(), stderr()] for name in MEASURES})
def judge(grader: Mode) -> Scorer:
    """Score what was made 0 or 1 and choices with chance taken off; what is missing is unscored."""
    from superalign.critics.made import Exact
    from superalign.evals.paradox.choosing import Pick
    from superalign.evals.paradox.rows import choices_of
    from superalign.problems.paradox.ballot import Ballot
    from superalign.problems.paradox.item import Item
    from superalign.problems.paradox.protocol import letter
    from superalign.records import Outcome, Reply
    from superalign.stats import mean_known

    def pick(kept: dict[str, Any]) -> Pick:
        put, turn = Ballot.model_validate(kept["ballot"]), kept["turn"]
        reply = Reply.model_validate(kept["reply"])
        place = letter(reply, len(put.options))
        chosen = None if place is None else put.chosen(place, turn)
        return Pick(put, turn, chosen=chosen, scored=reply.came, right=float(chosen == 0))

    async def score(state: TaskState, target: Target) -> Score:
        item = Item.model_validate(state.metadata["item"])
        made = Reply.model_validate(state.store.get(MADE))
        chosen: list[dict[str, Any]] = state.store.get(CHOSEN, [])
        picks = [pick(kept) for kept in chosen]
        verdict = Exact({}, grader).verdict(item, made)
        if verdict.outcome is Outcome.UNSCORED or not all(p.scored for p in picks):
            return Score.unscored(explanation=made.error or "a reply never came")
        g = float(verdict.outcome is Outcome.PASS)
        found = choices_of(picks)
        understood = {kind: c.understood for kind, c in found.items()}
        flips = [c.order_flips for kind, c in found.items() if kind != "question"]
        flipped = mean_known(flips)
        easy, hard, own = (understood.get(kind, nan) for kind in ("easy", "hard", "question"))
        values = (g, easy, hard, own, g - easy, g - hard, g - own, flipped)
        value = {n: nan if v is None else v for n, v in zip(MEASURES, values, strict=True)}
        return Score(value=value, answer=made.text, explanation=verdict.kind or "right")

    return score
