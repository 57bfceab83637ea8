"""Does a student err just where its weak supervisor cannot see? arXiv 2406.11431 (ICLR 2025)."""

from superalign.studies.deception.config import DeceptionConfig, deception
from superalign.studies.deception.run import run_deception

__all__ = ["DeceptionConfig", "deception", "run_deception"]
