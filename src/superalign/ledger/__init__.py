"""The ledger: a run directory that holds everything a run did, so that a killed run goes on."""

from superalign.ledger.folder import atomic_folder, writing
from superalign.ledger.run import JSON, Ledger
from superalign.ledger.store import Step

__all__ = ["JSON", "Ledger", "Step", "atomic_folder", "writing"]
