"""Easy to hard: does a judge trained on easy problems lead on hard ones?"""

from superalign.studies.easy_to_hard.config import easy_to_hard
from superalign.studies.easy_to_hard.run import run_easy_to_hard

__all__ = ["easy_to_hard", "run_easy_to_hard"]
