"""Does a strong model taught by a weak one outgrow its teacher? Burns et al. 2023, 2312.09390."""

from superalign.studies.weak_to_strong.config import WeakToStrongConfig, weak_to_strong
from superalign.studies.weak_to_strong.run import run_weak_to_strong

__all__ = ["WeakToStrongConfig", "run_weak_to_strong", "weak_to_strong"]
