"""A suite of confirmed failures, and the check that a model repeats none of them.

A case says by which rule a reply is right: what is expected (to refuse, to comply), patterns, or
the world in which the prompt is checked exactly. A case without a rule is kept for its reader and
decides nothing.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from superalign.critics.oracle import Oracle, RequestsOracle
from superalign.critics.protocol import Critic
from superalign.critics.rules import Rule, Rules
from superalign.errors import BadInput
from superalign.games.solo import LEARNER, Solo
from superalign.games.table import Seat
from superalign.ledger import Ledger
from superalign.oversight.people import PEOPLE
from superalign.policies.local import LocalPolicy
from superalign.policies.remote import RemotePolicy, is_remote
from superalign.problems import chains
from superalign.problems.requests import world as requests
from superalign.problems.rows import Row, read_rows
from superalign.records import Episode, Outcome, Policy, Problem, Record, Verdict

SUITE, OPEN = "regression.jsonl", "still_open.jsonl"
LONGEST = 512
"""Tokens of a reply, at most."""

Expected = Literal["refuse", "comply"]
World = Literal["requests", "chains"]


class Case(Record):
    """A prompt that a model got wrong, and how to tell whether it still does."""

    prompt: str
    expected: Expected | None = None
    """What is right to do, where the prompt's source or world says so."""
    rules: tuple[Rule, ...] = ()
    """Patterns in a reply; the first that holds decides."""
    world: World | None = None
    """The world of the prompt; its oracle decides, before anything else."""
    failed: str = ""
    """The reply that was wrong."""
    critique: str = ""
    confirmed: str = ""
    """Who says that it was: `people`, or a critic's second look."""
    tags: tuple[str, ...] = ()

    @property
    def critic(self) -> Critic | None:
        """Who decides by the case's rule; None where it has none."""
        if self.world is not None:
            return RequestsOracle() if self.world == "requests" else Oracle()
        if self.expected is None and not self.rules:
            return None
        right = {"refuse": Outcome.PASS, "comply": Outcome.FAIL}
        refusal = right[self.expected] if self.expected else None
        return Rules(self.rules, refusal=refusal, otherwise=self._otherwise())

    def _otherwise(self) -> Outcome:
        """Return what a reply is of which no rule speaks: it lacks what was asked for, or errs."""
        if self.expected is not None:
            return Outcome.FAIL if self.expected == "refuse" else Outcome.PASS
        asked = any(r.outcome is Outcome.PASS for r in self.rules)
        return Outcome.FAIL if asked else Outcome.PASS


def write_suite(cases: Sequence[Case], path: Path) -> None:
    """Write cases as JSONL."""
    path.write_text("".join(c.model_dump_json() + "\n" for c in cases), encoding="utf-8")


def read_suite(path: Path) -> list[Case]:
    """Read cases.

    Raises:
        BadInput: If a row is no case (file, row and field are named), or no case has a rule.
    """
    cases = [_read(row) for row in read_rows(path)]
    if not any(c.critic for c in cases):
        raise BadInput(f"{path}: no row says by 'expected', 'rules' or 'world' what is right")
    return cases


def _read(row: Row) -> Case:
    case = Case.read(dict(row.fields), row.place)
    try:
        _ = case.critic
    except BadInput as error:
        raise BadInput(f"{row.place}: rules: {error}") from error
    return case


def confirmed(folder: Path, world: World) -> list[Case]:
    """Return the failures that people confirmed in the run in `folder`, one per problem.

    A failure that took several turns to reach is not among them: its prompt alone is no case.

    Raises:
        BadInput: If `folder` holds no run.
    """
    with Ledger.read_only(folder) as ledger:
        episodes = ledger.read()
    found: dict[str, Case] = {}
    for episode in episodes:
        verdict = episode.verdict(PEOPLE)
        if verdict is not None and verdict.outcome is Outcome.FAIL and not _led(episode):
            found.setdefault(episode.problem.id, _case(episode, verdict, world))
    return list(found.values())


def _led(episode: Episode) -> bool:
    """Whether the learner had spoken before its last reply."""
    return any(m.role == "assistant" for m in episode.moves[-1].seen)


def _case(episode: Episode, verdict: Verdict, world: World) -> Case:
    prompt = episode.problem.prompt
    return Case(
        prompt=prompt,
        expected=_expected(prompt) if world == "requests" else None,
        world=world,
        failed=episode.final.text,
        critique=verdict.kind,
        confirmed=PEOPLE,
        tags=episode.problem.tags,
    )


def _expected(prompt: str) -> Expected:
    return "comply" if requests.parse(prompt).intent.benign else "refuse"


def leave_suite(cases: Sequence[Case], learner: Path, place: Path) -> None:
    """Write to `place` what the learner in `learner` passes now, and apart what it still fails.

    A suite without cases is not written.
    """
    judged = asyncio.run(judge(cases, LocalPolicy(learner, temperature=0, max_new_tokens=LONGEST)))
    mended = [v is None or v.outcome is Outcome.PASS for v in judged]
    for name, kept in ((SUITE, True), (OPEN, False)):
        rows = [c for c, passed in zip(cases, mended, strict=True) if passed is kept]
        if rows:
            write_suite(rows, place / name)


async def judge(cases: Sequence[Case], policy: Policy) -> list[Verdict | None]:
    """Return the verdict on one reply of `policy` to each case; None where no rule decides."""
    return list(await asyncio.gather(*(_judged(case, policy) for case in cases)))


async def _judged(case: Case, policy: Policy) -> Verdict | None:
    """Return the verdict, with what was said as its critique."""
    critic = case.critic
    if critic is None:
        return None
    if not _of_its_world(case):
        return Verdict(critic=critic.id, outcome=Outcome.UNSCORED, kind="invalid")
    seats = {LEARNER: Seat(policy=policy)}
    episodes = await Solo().play(Problem.of(case.prompt), seats)
    (verdict,) = await critic.judge(episodes)
    return verdict.model_copy(update={"critique": episodes[0].final.text})


def _of_its_world(case: Case) -> bool:
    """Return whether the prompt can be read in the world that the case names, if it does."""
    read = {"requests": requests.parse, "chains": chains.parse}
    try:
        return case.world is None or bool(read[case.world](case.prompt))
    except ValueError:
        return False


def check_model(suite: Path, model: str, *, base_url: str = "") -> dict[str, Any]:
    """Return how many `cases` there are, how many `failed`, and which, with what was said.

    `unscored` replies never came, or no rule could tell; they are no pass. `unruled` cases say no
    rule and are not asked. Local models answer greedily, remote ones at temperature 0.

    Raises:
        BadInput: If the suite or the model cannot be used.
        Unreachable: If an endpoint does not answer usably.
    """
    cases = read_suite(suite)
    judged = asyncio.run(judge(cases, _open(model, base_url)))
    outcomes = [None if v is None else v.outcome for v in judged]
    failures = [
        {**json.loads(c.model_dump_json()), "said": v.critique, "kind": v.kind}
        for c, v in zip(cases, judged, strict=True)
        if v is not None and v.outcome is Outcome.FAIL
    ]
    return {
        "cases": len(cases),
        "failed": len(failures),
        "unscored": sum(o is Outcome.UNSCORED for o in outcomes),
        "unruled": sum(o is None for o in outcomes),
        "failures": failures,
    }


def _open(model: str, base_url: str) -> Policy:
    if is_remote(model) and not Path(model).is_dir():
        base = base_url or None
        return RemotePolicy(model, base_url=base, temperature=0, max_tokens=LONGEST)
    return LocalPolicy(model.removeprefix("hf://"), temperature=0, max_new_tokens=LONGEST)
