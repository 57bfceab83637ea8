"""Players without an archive: each trial begins at the start.

Random; a model that acts (naive), thinks before it acts (ReAct, Yao et al. 2023, arXiv 2210.03629),
or notes after each trial what to do otherwise (Reflexion, Shinn et al. 2023, arXiv 2303.11366).
"""

from __future__ import annotations

from random import Random
from typing import Literal, TypeAlias

from superalign.problems.goexplore import protocol
from superalign.problems.goexplore.asking import Asking, Asks
from superalign.problems.goexplore.play import Over, Play
from superalign.problems.goexplore.world import View

Trier: TypeAlias = Literal["random", "naive", "react", "reflexion"]


def trials(play: Play, kind: Trier, *, history: int, rng: Random) -> Asks[None]:
    """Try until the goal is reached or a budget is used up; yields what the model is asked.

    A reply that cannot be read acts at random.
    """
    rules = f"{play.world.rules}\n\n{protocol.TRIER}"
    notes: list[str] = []
    try:
        while True:
            system = "\n".join([rules, protocol.NOTES, *notes]) if notes else rules
            asking = Asking(play, system, history)
            yield from _trial(play, kind, asking, rng)
            if kind == "reflexion":
                asked = protocol.REFLECT.format(trial=", ".join(play.taken))
                notes.append((yield from asking.say("reflect", asked)).text.strip())
    except Over:
        return


def _trial(play: Play, kind: Trier, asking: Asking, rng: Random) -> Asks[None]:
    view = play.goto()
    for _ in range(play.world.horizon):
        if not view.actions:
            return
        view = play.step((yield from _action(play, view, kind, asking, rng)))


def _action(play: Play, view: View, kind: Trier, asking: Asking, rng: Random) -> Asks[str]:
    if kind == "random":
        return rng.choice(view.actions)
    options = tuple(dict.fromkeys(view.actions))
    so_far = protocol.SO_FAR + (", ".join(play.taken) or "none")
    form = protocol.CHOOSE if kind == "naive" else protocol.THINK
    lines = [so_far, view.text, protocol.ACTION, protocol.numbered(options), form]
    answer = yield from asking.choose("action", "\n".join(lines), options)
    return options[rng.randrange(len(options)) if answer is None else answer.choice]
