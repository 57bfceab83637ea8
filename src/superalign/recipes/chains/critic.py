"""The critic of the recipe `chains`: trained and calibrated on people's labels of easy levels."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TYPE_CHECKING

from superalign.critics.process_reward import ProcessReward
from superalign.errors import BadInput
from superalign.games import Solo
from superalign.games.solo import LEARNER
from superalign.ledger import Ledger
from superalign.oversight.overseer import Audited, Overseer, raw_score
from superalign.policies.local import LocalPolicy
from superalign.problems import chains
from superalign.progress import Progress
from superalign.recipes.chains.config import ChainsConfig
from superalign.records import Episode, Message, Move, Problem, Reply, seed_of

if TYPE_CHECKING:
    from superalign.learners.labelled import Labelled

HELD_OUT = 5
"""Every so many-th labelled solution calibrates the critic instead of training it."""


async def trained_critic(
    config: ChainsConfig,
    base: LocalPolicy,
    labelled: Sequence[Episode],
    overseer: Overseer,
    ledger: Ledger,
    progress: Progress,
    *,
    seed: int,
) -> ProcessReward:
    """Train on four fifths of `labelled`, audit and calibrate on the rest.

    Raises:
        BadInput: If too few solutions came to an end.
    """
    from superalign.learners.labelled import Labelled
    from superalign.learners.process_reward import ProcessRewardTraining

    training = ProcessRewardTraining(
        steps=config.critic_steps,
        lr=config.critic_lr,
        tampered=config.tampered,
        composed=config.composed,
        compose=compose,
    )
    if len(labelled) < 2:
        raise BadInput(
            f"'first_labels' {config.first_labels}: {len(labelled)} solutions came to an end; the "
            "critic needs one to train on and one to be calibrated on"
        )
    shown = [e for i, e in enumerate(labelled) if i % HELD_OUT]
    checked = [Labelled.of(e, e.verdicts[-1].steps) for e in shown]
    with progress.stage("train the critic", training.steps):
        folder = training.train(base, checked, ledger.checkpoints, seed=seed, progress=progress)
    critic = ProcessReward(folder, base, threshold=config.accept)
    held_out = labelled[::HELD_OUT]
    bare = [e.bare() for e in held_out]
    verdicts = await critic.judge(bare)
    overseer.audit([e.judged(v) for e, v in zip(bare, verdicts, strict=True)])
    overseer.beyond = await _lengthened(critic, held_out, config.composed, seed)
    return critic.calibrated(overseer.calibrate())


async def _lengthened(
    critic: ProcessReward, held_out: Sequence[Episode], times: int, seed: int
) -> list[Audited]:
    """Score compositions of held-out labelled solutions: as long as the hard levels' are.

    A critic that reads every line errs more often the more lines there are; calibrated on short
    solutions alone it is too cautious, or too bold, on long ones.
    """
    from superalign.learners.labelled import Labelled, compositions

    rng = Random(seed_of(seed, "compositions"))
    known = [Labelled.of(e, e.verdicts[-1].steps) for e in held_out]
    made = compositions(known, compose, times * len(known), rng)
    texts = [_as_said(m) for m in made]
    verdicts = await critic.judge(texts)
    scores = [raw_score(e.judged(v)) for e, v in zip(texts, verdicts, strict=True)]
    return [Audited(s, all(m.steps)) for s, m in zip(scores, made, strict=True) if s is not None]


def _as_said(made: Labelled) -> Episode:
    problem = Problem.of("".join(m.text for m in made.seen))
    move = Move(seat=LEARNER, policy="composed", seen=made.seen, reply=Reply(text=made.solution))
    return Episode.of(problem, Solo.name, 0, [move])


def compose(parts: Sequence[Labelled], rng: Random) -> Labelled | None:
    """Put labelled solutions one after another; only the last one's answer line is kept.

    Its answer is the last one's; where that is right after a wrong step nobody has said so.
    """
    from superalign.learners.labelled import Labelled

    asked = ["".join(m.text for m in p.seen) for p in parts]
    found = chains.compose([(a, p.solution) for a, p in zip(asked, parts, strict=True)], rng)
    if found is None:
        return None
    steps = [s for p in parts[:-1] for s in p.steps[:-1]] + list(parts[-1].steps)
    prompt, solution = found
    right = parts[-1].right if all(steps) or parts[-1].right is False else None
    return Labelled((Message(role="user", text=prompt),), solution, tuple(steps), right)
