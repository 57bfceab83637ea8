"""superalign: keeps a model improving after its teachers can no longer check its work."""

import os

__version__ = "0.1.0"

# Must be set before torch loads: OpenMP threads that spin while they wait were measured to be up
# to sixty times slower on a machine with other work.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("OMP_NUM_THREADS", "1")
