"""Prover-verifier games: does a verifier that provers try to fool become harder to fool?"""

from superalign.studies.prover_verifier.config import prover_verifier
from superalign.studies.prover_verifier.run import run_prover_verifier

__all__ = ["prover_verifier", "run_prover_verifier"]
