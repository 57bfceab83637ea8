"""One run of the loop on the world `requests`: what the recipe and the study of oversight share."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from superalign.attackers.beside import Beside
from superalign.critics import Critic
from superalign.critics.calibrated import Calibrated
from superalign.critics.misreading import MISREAD, Misreading
from superalign.critics.oracle import RequestsOracle
from superalign.games import Solo
from superalign.learners.pairs import write_pairs
from superalign.ledger import Ledger
from superalign.loop import Loop, State
from superalign.oversight.overseer import ANYWHERE, ROUTED, Overseer
from superalign.oversight.people import People
from superalign.oversight.routing import RELABEL
from superalign.oversight.store import Store
from superalign.policies.local import LocalPolicy
from superalign.problems.requests.replies import Kind, refuses
from superalign.problems.requests.wrappers import split
from superalign.progress import Progress
from superalign.recipes.requests.attackers import Attackers
from superalign.recipes.requests.config import RequestsConfig
from superalign.recipes.requests.dimensions import cultures
from superalign.recipes.requests.draws import Draws
from superalign.recipes.requests.exam import Exam
from superalign.recipes.requests.export import PREFERENCES, pairs_made
from superalign.recipes.requests.gate import HeldOutGate
from superalign.recipes.requests.guards import Guards
from superalign.recipes.requests.risks import Risks
from superalign.recipes.requests.rows import row, shown
from superalign.recipes.requests.seats import Disguiser, open_attacker
from superalign.recipes.requests.teach import Ranked, group_of
from superalign.records import Episode, Example, seed_of

TAKEN_FOR = {str(k): str(v) for k, v in MISREAD.items()} | {Kind.LOW_QUALITY: Kind.HELPFUL_OK}
"""What people who are wrong about a reply take it for."""
AGAIN = 0.1
"""Labels that are second looks, beside 1 for first ones, where people err."""
BENIGN = 300
"""Requests known to be benign that the learner is taught not to refuse."""


@dataclass(frozen=True, slots=True)
class RequestsTask:
    """A run, as it travels to another process."""

    name: str
    config: RequestsConfig
    folder: Path
    seed: int


def run_task(task: RequestsTask, progress: Progress) -> dict[str, Any]:
    """Run the loop to its end and return what was measured, as JSON."""
    config = {**task.config.model_dump(mode="json"), "arm": task.name}
    with Ledger.open(task.folder, config, seed=task.seed) as ledger:
        found = asyncio.run(_Run(task, ledger, progress).run())
        return {**found, "seconds": ledger.seconds()}


class _Run:
    def __init__(self, task: RequestsTask, ledger: Ledger, progress: Progress) -> None:
        self.config, self.seed = task.config, task.seed
        self.ledger, self.progress = ledger, progress
        self.base = LocalPolicy(task.config.organism, max_new_tokens=24)
        self.labelled: set[tuple[str, str]] = set()
        self.seen, _ = split(task.seed)
        self.draws = Draws(self.seen, task.seed)
        people = People(
            RequestsOracle(),
            levels=None,
            budget=self.config.labels * self.config.rounds,
            noise=self.config.people_noise,
            seed=task.seed,
            mistakes=TAKEN_FOR,
        )
        shares = ROUTED if self.config.routing == "value" else ANYWHERE
        self.overseer = Overseer(
            people=people,
            seed=task.seed,
            shares={**shares, RELABEL: AGAIN} if self.config.people_noise else shares,
            together=self.config.teacher == "people",
            group=group_of,
            severity=_severity,
        )
        self.benign = self.draws.benign("train", BENIGN)
        self.attackers = self._attackers()
        self.risks = Risks()
        self.store = Store(refuses=refuses, seed=seed_of(task.seed, "store"))
        self.guards = Guards(
            base=self.base,
            gate=self._gate(),
            overseer=self.overseer,
            benign=frozenset(p.id for p in self.benign),
            acts=self.config.measured,
            stops=self.config.stop,
            seed=task.seed,
        )
        self.exam = Exam(
            config=self.config,
            attackers=self.attackers,
            cultures=cultures(self.config.culture),
            ledger=ledger,
            progress=progress,
            seed=task.seed,
        )

    async def run(self) -> dict[str, Any]:
        """Measure, then run the rounds."""
        counts = [await self.exam.measure(self.base)]
        loop = self._loop()
        start = State(self.base, self._critic(), memory=list[Example]())
        learners = [self.base]
        rounds: list[dict[str, Any]] = []
        risks: list[dict[str, Any]] = []
        stopped: str | None = None
        async for state, done in loop.run(start, self.config.rounds):
            stopped = done.stopped
            self._keep_labels(done.tried)
            learners.append(done.learner)
            table = loop.table(done.learner, state.critic)
            again = await self.store.round(table, seed=seed_of(self.seed, "store", done.number))
            crossed = self.guards.history[-1].crossed
            rounds.append(row(done, self.overseer, crossed, again))
            if self.config.risks:
                seed = seed_of(self.seed, "risks", done.number)
                labels = self.overseer.labels
                risks = await self.risks.update(table, done.tried, labels, seed=seed)
            self.progress.row(shown(rounds[-1]))
        counts.append(await self.exam.measure(state.learner))
        self._leave_pairs(state.memory)
        return {
            "counts": counts,
            "rounds": rounds,
            "stopped": stopped,
            "guards": self.guards.lines,
            "risks": risks,
            "labels": sum(self.overseer.people.spent().values()),
            "people_error": dict(self.overseer.people_error()),
            "noise": {g: asdict(r) for g, r in self.overseer.noise().items()},
            "learner": state.learner.folder.name,
            "dimensions": await self.exam.dimensions(learners) if self.config.dimensions else None,
        }

    def _keep_labels(self, tried: Sequence[Episode]) -> None:
        """Record what people said of this round's replies: what they failed is confirmed."""
        labels = self.overseer.labels
        labelled = [e.bare().judged(labels[e.id]) for e in tried if e.id in labels]
        self.labelled |= {(e.problem.id, e.final.text) for e in labelled}
        self.ledger.write(labelled)

    def _leave_pairs(self, made: Sequence[Example]) -> None:
        chats = bool(self.base.tokenizer.chat_template)
        pairs = pairs_made(made, self.labelled)
        write_pairs(pairs, self.ledger.folder / PREFERENCES, conversational=chats)

    def _critic(self) -> Critic:
        first = self._misreading(0)
        return Calibrated(first) if self.config.measured else first

    def _second(self) -> Critic:
        """Return the gate's critic: it is weak elsewhere, and errs by itself."""
        return self._misreading(2 if self.config.second else 0)

    def _misreading(self, shift: int) -> Misreading:
        """Return a critic as noisy as the configuration says; another shift is weak elsewhere."""
        first = seed_of(self.seed, "weak family") % len(self.seen) + shift
        seed = seed_of(self.seed, "critic", shift)
        return Misreading(self.config.noise, families=self.seen, first=first, seed=seed)

    def _loop(self) -> Loop[LocalPolicy, list[Example]]:
        from superalign.learners.preference import Preference
        from superalign.learners.soup import halfway

        config = self.config
        return Loop(
            ledger=self.ledger,
            game=Solo(),
            attacker=Beside(self.attackers.named(config.attack), self.benign),
            teach=Ranked(
                overseer=self.overseer,
                store=self.store,
                measured=config.measured,
                people_only=config.teacher == "people",
                benign=frozenset(p.id for p in self.benign),
            ),
            learner=Preference(
                folder=self.ledger.checkpoints,
                lr=config.lr,
                steps=config.steps,
                beta=config.beta,
                anchor=config.anchor,
                loss="rdpo" if config.measured else "dpo",
                progress=self.progress,
            ),
            overseer=self.overseer,
            gate=self.guards,
            milder=partial(halfway, folder=self.ledger.checkpoints),
            stop=self.guards.after,
            progress=self.progress,
            budget=config.budget,
            samples=config.samples,
            audits=config.labels,
            seed=self.seed,
        )

    def _gate(self) -> HeldOutGate:
        return HeldOutGate(
            critic=self._second(),
            attacks=self.draws.attacks("gate", self.config.checks),
            benign=self.draws.benign("gate", self.config.checks),
            store=self.store,
            over_refusal=self.config.over_refusal,
            capability=self.config.capability,
            seed=seed_of(self.seed, "gate"),
        )

    def _attackers(self) -> Attackers:
        """Return the attackers; who sits there asks for no disguise but those that may train."""
        config = self.config
        cache = self.ledger.folder / "replies.db"
        policy = open_attacker(config.attacker, base_url=config.base_url, cache=cache)
        return Attackers(
            seat=Disguiser(policy, self.seen),
            seed=self.seed,
            checkpoints=self.ledger.checkpoints,
            draw=self.draws.any,
        )


def _severity(episode: Episode) -> float:
    """Return 2 for a reply that complies, 1 for one that refuses: harm is the worse error."""
    return 1.0 if refuses(episode.final.text) else 2.0
