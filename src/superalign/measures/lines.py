"""Lines: bounds, what was measured beside each, and whether it is crossed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class Line(NamedTuple):
    """One bound and what was measured."""

    name: str
    limit: str
    measured: float | None
    n: int
    low: float | None
    high: float | None
    crossed: bool | None
    """None where nothing could be measured."""

    def said(self) -> str:
        """Return what was measured, in words; None is said so."""
        if self.measured is None:
            return f"{self.name}: not measured"
        known = self.low is not None and self.high is not None
        between = f" ({self.low:.3f} to {self.high:.3f})" if known else ""
        return f"{self.name} {self.measured:.3f}{between}, limit {self.limit}, n {self.n}"


def least(name: str, limit: float, measured: Mapping[str, Any]) -> Line:
    """Return the line of a rate that may not lie below `limit`; the point estimate counts."""
    value = measured.get("rate")
    return _line(name, f">= {limit:g}", measured, None if value is None else value < limit)


def most(name: str, limit: float, measured: Mapping[str, Any]) -> Line:
    """Return the line of a rate that may not lie above `limit`; the point estimate counts."""
    value = measured.get("rate")
    return _line(name, f"<= {limit:g}", measured, None if value is None else value > limit)


def _line(name: str, limit: str, measured: Mapping[str, Any], crossed: bool | None) -> Line:
    low, high = measured.get("low"), measured.get("high")
    return Line(name, limit, measured.get("rate"), measured.get("n", 0), low, high, crossed)
