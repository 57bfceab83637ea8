"""Critics: they judge bare episodes, in batches, and never see another critic's verdict."""

from superalign.critics.protocol import Calibratable, Calibration, Critic, Judge

__all__ = ["Calibratable", "Calibration", "Critic", "Judge"]
