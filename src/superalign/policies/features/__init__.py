"""Bodies: what turns texts into vectors, for linear heads to learn from and models to start at."""

from superalign.policies.features.body import Body, Kind, Vectors, body, inputs, shown
from superalign.policies.features.checkpoint import Checkpoint
from superalign.policies.features.kept import Kept
from superalign.policies.features.words import WIDTHS, Words

__all__ = [
    "WIDTHS",
    "Body",
    "Checkpoint",
    "Kept",
    "Kind",
    "Vectors",
    "Words",
    "body",
    "inputs",
    "shown",
]
