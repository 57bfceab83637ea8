"""The worlds of the study, by name."""

from collections.abc import Mapping

from superalign.studies.debate.world import World
from superalign.studies.debate.worlds.chains import Chains
from superalign.studies.debate.worlds.requests import Requests

WORLDS: Mapping[str, World] = {"chains": Chains(), "requests": Requests()}

__all__ = ["WORLDS"]
