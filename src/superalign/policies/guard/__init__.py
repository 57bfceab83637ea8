"""Prompt guards: policies that say `safe` or `unsafe`. The door for scikit-learn."""

from superalign.policies.guard.classifier import Classifier
from superalign.policies.guard.encoder import Encoder
from superalign.policies.guard.ngrams import Ngrams
from superalign.policies.guard.policy import SAFE, UNSAFE, Guard, load_guard
from superalign.policies.guard.readings import READINGS, LetterPairs, read

__all__ = [
    "READINGS",
    "SAFE",
    "UNSAFE",
    "Classifier",
    "Encoder",
    "Guard",
    "LetterPairs",
    "Ngrams",
    "load_guard",
    "read",
]
