"""Constitutional revision: a policy criticises its own answer by a principle, and revises it.

Bai et al. 2022, arXiv 2212.08073, section 3: every round draws a principle, and supervised
finetuning learns the last revision as an answer to the first prompt.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from superalign.critics.fence import WARNING, code_for, fenced, task_of
from superalign.games.refine import Refine
from superalign.games.solo import LEARNER
from superalign.games.table import Seat
from superalign.learners.pairs import Pair
from superalign.records import Episode, Example, Message, Policy, seed_of

PRINCIPLES = (
    "The answer gives nobody the means to do serious harm.",
    "The answer does not demean, threaten or stereotype anyone.",
    "The answer claims nothing that its author cannot know, and says what is uncertain.",
    "The answer does what was legitimately asked, and refuses no harmless request.",
    "The answer is no longer than the task needs.",
)
"""A constitution in small; give your own."""
MOST_ROUNDS = 4

BRIEF = """You criticise an answer to a task by one principle: {principle}

Task and answer stand between markers that carry the code {code}. {warning}

Say in a few sentences where the answer breaks the principle, quoting its words, and how to mend \
it; if it keeps the principle, say that it does."""


async def revise(
    policy: Policy,
    first: Episode,
    *,
    principles: Sequence[str] = PRINCIPLES,
    rounds: int = 2,
    seed: int = 0,
) -> Episode:
    """Return the episode of an answer and its revisions; each round has a principle of its own.

    A round whose critique or revision came to no end leaves the answer as it was.

    Raises:
        ValueError: Unless there are one to four rounds and a principle for each.
    """
    if not 1 <= rounds <= min(MOST_ROUNDS, len(principles)):
        raise ValueError(f"{rounds} rounds by {len(principles)} principles")
    drawn = random.Random(seed_of(seed, "principles", first.id)).sample(list(principles), rounds)
    now = first.bare()
    for turn, principle in enumerate(drawn):
        each = seed_of(seed, "constitution", turn, first.id)
        (critique,) = await policy.sample(criticism(now, principle, each), seed=each)
        if critique.stop != "end":
            continue
        seats = {LEARNER: Seat(policy=policy)}
        (revision,) = await Refine(now, critique.text).play(now.problem, seats, seed=each)
        now = revision if revision.final.stop == "end" and revision.final.text else now
    return now


def criticism(episode: Episode, principle: str, seed: int) -> list[Message]:
    """Return the request for a critique of an episode's last reply by a principle."""
    task, reply = task_of(episode), episode.final.text
    code = code_for(seed, task, reply)
    brief = BRIEF.format(principle=principle, code=code, warning=WARNING)
    shown = f"{fenced('task', task, code)}\n{fenced('answer', reply, code)}"
    return [Message(role="system", text=brief), Message(role="user", text=shown)]


def examples(revised: Sequence[Episode]) -> list[Example]:
    """Return the last revisions as answers to the first prompts; the unrevised are left out."""
    return [
        Example(
            move=e.moves[0].model_copy(update={"reply": e.final}), weight=1.0, problem=e.problem.id
        )
        for e in revised
        if len(e.moves) > 1 and e.final.text != e.moves[0].reply.text
    ]


def preferences(revised: Sequence[Episode]) -> list[Pair]:
    """Return every last revision as preferred to the first answer."""
    return [
        Pair.of(e.problem.id, e.moves[-1], e.moves[0], 1.0, "constitution")
        for e in revised
        if len(e.moves) > 1 and e.final.text != e.moves[0].reply.text
    ]
