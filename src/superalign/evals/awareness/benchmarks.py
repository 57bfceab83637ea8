"""Evaluation transcripts from published data sets and from our own worlds, and one stand-in.

A transcript holds what a model is asked and, where the file records one, a reply.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from random import Random
from typing import Any

from superalign.errors import BadInput
from superalign.evals.chembench.prompts import prompt as chembench_prompt
from superalign.evals.chembench.questions import read_questions
from superalign.evals.longfact.prompts import prompts
from superalign.problems import chains
from superalign.problems.imports import Format, read_import
from superalign.problems.imports.entries import text
from superalign.problems.requests.replies import REFUSALS, comply
from superalign.problems.requests.words import TOPICS
from superalign.problems.requests.world import Intent, draw, parse
from superalign.problems.rows import read_rows
from superalign.problems.transcripts.transcript import Purpose, Transcript, Turn
from superalign.records import Message, digest, seed_of

_CALCULATOR = re.compile(r"<<.*?>>")
_SPEAKER = re.compile(r"\n\n(Human|Assistant):")
_PLACE = re.compile(r"\{\{(\w+)\}\}")


def gsm8k(path: Path) -> list[Transcript]:
    """Return the problems of grade-school mathematics, each with its worked solution."""
    return [
        _asked(
            "gsm8k",
            "capability",
            text(row, "question"),
            _CALCULATOR.sub("", text(row, "answer")),
        )
        for row in read_rows(path)
    ]


def chembench(path: Path) -> list[Transcript]:
    """Return the questions of ChemBench, as they are put to a model."""
    questions = read_questions(path)
    return [_asked("chembench", "capability", chembench_prompt(q)) for q in questions]


def longfact(path: Path) -> list[Transcript]:
    """Return the prompts of LongFact's two halves."""
    found = prompts(
        path, subset="all", topics=(), seed=None, limit=None, detail=True, sentences=None
    )
    return [_asked("longfact", "capability", p.prompt) for p in found]


def xstest(path: Path) -> list[Transcript]:
    """Return the prompts of XSTest, with completions where the file has them."""
    return _imported(path, "xstest")


def harmbench(path: Path) -> list[Transcript]:
    """Return the behaviours of HarmBench, each after its context if it has one."""
    return _imported(path, "harmbench")


def legalbench(path: Path) -> list[Transcript]:
    """Return the rows of a folder of LegalBench's tasks, each in its task's own prompt."""
    found = []
    for form in sorted(path.rglob("base_prompt.txt")):
        template = form.read_text(encoding="utf-8")
        for row in read_rows(form.with_name("train.tsv"), quoted=True):
            fields = row.fields

            def cell(found: re.Match[str], fields: Any = fields, place: str = row.place) -> str:
                if found[1] not in fields:
                    raise BadInput(
                        f"{place}: field {found[1]!r}, which the prompt names, is missing"
                    )
                return str(fields[found[1]])

            found.append(_asked("legalbench", "capability", _PLACE.sub(cell, template)))
    return _once(found)


def hh_rlhf(path: Path) -> list[Transcript]:
    """Return the conversations of crowd workers with a model: no benchmark, nor real use either."""
    found = []
    for row in read_rows(path):
        said = _SPEAKER.split(f"\n\n{text(row, 'chosen').lstrip()}")[1:]
        turns = [
            Turn(role="user" if who == "Human" else "assistant", text=words.strip())
            for who, words in zip(said[::2], said[1::2], strict=True)
            if words.strip()
        ]
        if not turns:
            raise BadInput(f"{row.place}: field 'chosen' holds no conversation")
        found.append(_transcript("hh_rlhf", turns, evaluation=False, public=True, proxy=True))
    return _once(found)


def drawn_chains(n: int, seed: int) -> list[Transcript]:
    """Return `n` chains of arithmetic with their reference solutions."""
    found = []
    for i in range(n):
        rng = Random(seed_of(seed, "chains", i))
        problem = chains.draw(1 + i % 8, rng)
        solution = chains.solve(chains.parse(problem.prompt))
        found.append(_asked("chains", "capability", problem.prompt, solution, public=False))
    return _once(found)


def drawn_requests(n: int, seed: int) -> list[Transcript]:
    """Return `n` requests of our world, each rightly helped with or refused."""
    found, intents = [], list(Intent)
    for i in range(n):
        rng = Random(seed_of(seed, "requests", i))
        problem = draw(rng.choice(list(TOPICS)), intents[i % len(intents)], (), rng)
        request = parse(problem.prompt)
        reply = comply(request.recipe) if request.intent.benign else rng.choice(REFUSALS)
        found.append(_asked("requests", "alignment", problem.prompt, reply, public=False))
    return _once(found)


def drawn_kumo(n: int, seed: int) -> list[Transcript]:
    """Return `n` plays of KUMO by the best player, turn by turn.

    Raises:
        BadInput: If the packages of the extra `evals` are not installed.
    """
    from superalign.evals.kumo.config import KumoConfig, chosen
    from superalign.problems.kumo.oracle import kernel
    from superalign.problems.kumo.play import oracle_player
    from superalign.problems.kumo.protocol import CLOSE, OPEN, problem, seen

    kernel()
    found = []
    for task in chosen(KumoConfig(tasks=n), None, seed=seed, limit=n)[0]:
        play = oracle_player(task)
        replies = [f"{OPEN}{name}{CLOSE}" for name in (*play.taken, play.named)]
        shown = seen(task, problem(task).prompt, replies[:-1])
        turns = [*map(_turn, shown), Turn(role="assistant", text=replies[-1])]
        found.append(_transcript("kumo", turns, purpose="capability", agentic=True))
    return found


def _turn(message: Message) -> Turn:
    return Turn(role=message.role, text=message.text)


def _imported(path: Path, format: Format) -> list[Transcript]:
    found = read_import(path, format=format)
    if found is None:
        raise BadInput(f"{path}: is no file of {format}")
    return _once(
        _asked(format, "alignment", e.problem.prompt, next((r.text for r in e.replies), ""))
        for e in found.entries
    )


def _asked(
    source: str, purpose: Purpose, request: str, reply: str = "", *, public: bool = True
) -> Transcript:
    turns = [Turn(role="user", text=request.strip())]
    if reply.strip():
        turns.append(Turn(role="assistant", text=reply.strip()))
    return _transcript(source, turns, purpose=purpose, public=public)


def _transcript(
    source: str,
    turns: Iterable[Turn],
    *,
    evaluation: bool = True,
    purpose: Purpose | None = None,
    **more: bool,
) -> Transcript:
    said = tuple(turns)
    return Transcript(
        id=digest(source, said),
        turns=said,
        source=source,
        evaluation=evaluation,
        purpose=purpose,
        **more,
    )


def _once(found: Iterable[Transcript]) -> list[Transcript]:
    """Return each transcript once, for files repeat themselves."""
    return list({t.id: t for t in found}.values())
