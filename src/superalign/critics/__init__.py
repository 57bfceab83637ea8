"""Critics: they judge bare episodes, in batches, and never see another critic's verdict."""

from superalign.critics.protocol import Calibratable, Critic, Judge

__all__ = ["Calibratable", "Critic", "Judge"]
