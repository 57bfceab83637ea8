"""Prompts that benchmarks publish and red-team tools record, read as problems.

What a tool's own detector said stands in a problem's tags, as an opinion; it is no verdict and no
gold. What the model replied is there as bare episodes.
"""

from superalign.problems.imports.read import (
    ENDINGS,
    NAMES,
    REPORTS,
    Format,
    Import,
    detect,
    read_import,
)

__all__ = ["ENDINGS", "NAMES", "REPORTS", "Format", "Import", "detect", "read_import"]
