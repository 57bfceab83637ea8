"""What Inspect finds when it looks for `superalign/NAME`: one import a line.

Inspect only logs a module that fails to load, and then all tasks are gone. So nothing here loads a
heavy or optional dependency: each task does so when it is made, and says in a line what is missing.
"""

from superalign.evals.awareness.inspect import awareness
from superalign.evals.capabilities.inspect import capabilities
from superalign.evals.chembench.inspect import chembench
from superalign.evals.goexplore.inspect import goexplore
from superalign.evals.kumo.inspect import kumo
from superalign.evals.longfact.inspect import longfact
from superalign.evals.omniplay.inspect import omniplay
from superalign.evals.paradox.inspect import paradox
from superalign.evals.provider import superalign

__all__ = [
    "awareness",
    "capabilities",
    "chembench",
    "goexplore",
    "kumo",
    "longfact",
    "omniplay",
    "paradox",
    "superalign",
]
