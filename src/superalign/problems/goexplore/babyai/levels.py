"""The five kinds of task in one or two rooms of 8 by 8, about objects that training never names.

Of all colours and types, these alone are named: a yellow box, a red key, a green ball, a red or
grey door. minigrid is the extra `grid`; this module loads it.
"""

from __future__ import annotations

from typing import Any

from minigrid.envs.babyai.core.roomgrid_level import RoomGridLevel
from minigrid.envs.babyai.core.verifier import (
    AfterInstr,
    BeforeInstr,
    GoToInstr,
    ObjDesc,
    OpenInstr,
    PickupInstr,
    PutNextInstr,
)

OBJECTS = (("box", "yellow"), ("key", "red"), ("ball", "green"))
DOORS = ("red", "grey")
ROOM = 8
DISTRACTORS = 8


class Mixed(RoomGridLevel):  # type: ignore[misc]  # minigrid is loaded on demand and has no types here
    """A task of one kind, drawn by the seed of `reset`.

    Its horizon is minigrid's: 64 steps for each navigation and room, so 64 to go to or pick up a
    thing and 128 for the others.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        columns = 2 if kind == "open" else 1
        super().__init__(room_size=ROOM, num_rows=1, num_cols=columns)

    def gen_mission(self) -> None:
        """Place agent and things, and say what is to be done."""
        if self.kind == "open":
            named = [("key", self._rand_elem(DOORS))]
            self.add_door(0, 0, 0, named[0][1], locked=True)
        else:
            wanted = 1 if self.kind in ("goto", "pickup") else 2
            named = self._rand_subset(OBJECTS, wanted)
        self.place_agent(0, 0)
        for thing, colour in named:
            self.add_object(0, 0, thing, colour)
        self.add_distractors(num_distractors=DISTRACTORS)
        self.check_objs_reachable()
        self.instrs = self._task(*(ObjDesc(*n) for n in named))

    def _task(self, one: Any, other: Any = None) -> Any:
        match self.kind:
            case "goto":
                return GoToInstr(one)
            case "pickup":
                return PickupInstr(one)
            case "putnext":
                return PutNextInstr(one, other)
            case "open":
                return OpenInstr(ObjDesc("door", one.color))
        if self._rand_bool():
            return BeforeInstr(PickupInstr(one), GoToInstr(other))
        return AfterInstr(GoToInstr(other), PickupInstr(one))

    def gen_obs(self) -> dict[str, Any]:
        """Return nothing: what is seen is told in words, and the picture costs most of a step."""
        return {}
