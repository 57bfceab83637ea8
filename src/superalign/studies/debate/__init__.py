"""Does debate help a weak judge, and what is taught by it? Lang et al. 2025, arXiv 2501.13124."""

from superalign.studies.debate.config import DebateConfig, debate
from superalign.studies.debate.run import run_debate

__all__ = ["DebateConfig", "debate", "run_debate"]
