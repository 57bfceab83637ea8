"""Prompts that benchmarks publish and red-team tools record, read as problems.

What a tool's own detector said stands in a problem's tags, as an opinion; it is no verdict and no
gold. What the model replied is there as bare episodes.
"""

from superalign.problems.imports.read import (
    NAMES,
    Format,
    Import,
    detect,
    read_import,
    read_report,
)

__all__ = ["NAMES", "Format", "Import", "detect", "read_import", "read_report"]
