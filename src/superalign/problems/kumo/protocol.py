"""How a model plays: what it is told, and how its reply is read.

As in the published vanilla agent: rules, names and book in the system message; each turn's
instruction is shown once and not kept; of earlier turns the observation and the reply stay.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from superalign.problems.kumo.books import book
from superalign.problems.kumo.play import STEPS, Play
from superalign.problems.kumo.task import Task
from superalign.records import Message, Problem, digest

OPEN, CLOSE = "<ANSWER>", "</ANSWER>"
BEGIN = "The game begins. Nothing has been observed yet."

RULES = """{goal}

How the game goes:
1. Exactly one of the candidates below is the valid one.
2. Each turn you take one action and are told its outcome.
3. An outcome rules candidates out, as the guide says; it never confirms one.
4. Name the valid candidate as soon as you are sure, after as few actions as you can.

Candidates: {truths}
Actions: {actions}
{guide}"""

INSTRUCTION = """Say which action to take next, or name the valid candidate and so end the game.
Actions: {actions}
Candidates: {truths}
Reason first; then write the one name, exactly as it is spelled here, between the tags:
{open} name {close}"""

_WRAPPED = re.compile(r"\$\{(.*)\}", re.DOTALL)


def problem(task: Task, *, guided: bool = True) -> Problem:
    """Return what is played as a problem: its prompt is the system message, its id the task's.

    No answer is in it. A task without a book of its own gets one from templates, unless `guided`
    is false.
    """
    text = (task.book or book(task)) if guided else ""
    prompt = RULES.format(
        goal=task.domain.goal or f"Find the valid one of the candidates ({task.domain.name}).",
        truths=", ".join(task.truths),
        actions=", ".join(task.actions),
        guide=f"\n{text}" if text else "",
    )
    return Problem(id=digest("kumo", task.id, prompt), prompt=prompt, tags=("kumo", task.setting))


def seen(task: Task, prompt: str, replies: Sequence[str]) -> list[Message]:
    """Return the messages before the next turn, given all replies so far. Pure.

    Raises:
        ValueError: If the replies end the play.
    """
    play = Play(task, steps=len(replies) + 1)
    instruction = INSTRUCTION.format(
        actions=", ".join(task.actions), truths=", ".join(task.truths), open=OPEN, close=CLOSE
    )
    found = [Message(role="system", text=prompt)]
    said = BEGIN
    for reply in replies:
        found += [Message(role="user", text=said), Message(role="assistant", text=reply)]
        name = answer(reply)
        said = outcome(name, play.say(name))
        if play.end:
            raise ValueError("the play is over")
    return [*found, Message(role="user", text=f"{said}\n\n{instruction}")]


def outcome(action: str | None, value: object) -> str:
    """Return the line that tells what an action showed."""
    shown = list(value) if isinstance(value, tuple) else value
    return f"Outcome of your last action: { ({'action': action, 'observation': shown}) }"


def answer(reply: str) -> str | None:
    """Return the name between the last pair of tags, `${}` around it removed, or None."""
    _, opened, after = reply.rpartition(OPEN)
    if not opened:
        return None
    said = after.partition(CLOSE)[0].strip()
    wrapped = _WRAPPED.fullmatch(said)
    return wrapped[1].strip() if wrapped else said


def replay(task: Task, replies: Sequence[str], *, steps: int = STEPS) -> Play:
    """Return the play that replies make; what comes after its end is not looked at."""
    play = Play(task, steps)
    for reply in replies:
        if play.end:
            break
        play.say(answer(reply))
    return play
