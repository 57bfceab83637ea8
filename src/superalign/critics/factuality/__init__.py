"""Whether what a long answer states is so: its facts, one by one, each checked by searching.

The method is SAFE (Wei et al. 2024, "Long-form factuality in large language models"): split an
answer into atomic facts, make each one stand alone, drop those beside the question, and have a
model rate the rest by what a search finds.
"""

from superalign.critics.factuality.critic import Factuality
from superalign.critics.factuality.fast import Fast
from superalign.critics.factuality.memory import Memory, Once
from superalign.critics.factuality.rated import (
    IRRELEVANT,
    NOT_SUPPORTED,
    SUPPORTED,
    UNRATED,
    Fact,
    Rated,
    Rater,
)
from superalign.critics.factuality.serial import Serial

__all__ = [
    "IRRELEVANT",
    "NOT_SUPPORTED",
    "SUPPORTED",
    "UNRATED",
    "Fact",
    "Factuality",
    "Fast",
    "Memory",
    "Once",
    "Rated",
    "Rater",
    "Serial",
]
