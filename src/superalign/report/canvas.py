"""A small drawing surface: SVG whose width follows the page while its text and strokes do not.

Positions across are percentages and positions down are pixels, so that a figure is as readable on
a telephone as on paper. Curves, which SVG cannot place by percentage, are stretched in a frame of
their own. Everything is coloured by the style sheet; all text is escaped.
"""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

Point = tuple[float, float]
STRETCH = 1000
"""Width of the frame that curves are drawn in, in its own units."""


class Canvas:
    """Collects marks in data coordinates and returns them as one figure."""

    def __init__(self, x: Point, y: Point, height: int, title: str, kind: str = "") -> None:
        self._x, self._y, self.height = x, y, height
        self._title, self._kind = title, kind
        self._marks: list[Markup] = []

    def across(self, x: float) -> str:
        """Return a data position as a percentage of the width."""
        return f"{self._share(x) * 100:.3f}%"

    def down(self, y: float) -> float:
        """Return a data position in pixels from the top."""
        low, high = self._y
        return round(self.height * (high - y) / (high - low), 2)

    def _share(self, x: float) -> float:
        low, high = self._x
        return (x - low) / (high - low)

    def grid(self, values: Sequence[float], labels: Sequence[str]) -> None:
        """Draw a horizontal line at each value, labelled in the left margin."""
        for value, label in zip(values, labels, strict=True):
            y = self.down(value)
            self._marks.append(
                Markup(
                    '<line class="grid" x1="0" x2="100%" y1="{y}" y2="{y}"/>'
                    '<text class="tick" x="0" dx="-8" y="{y}" dy=".32em" text-anchor="end">{t}'
                    "</text>"
                ).format(y=y, t=label)
            )

    def upright(self, x: float, kind: str) -> None:
        """Draw a vertical line over the whole height."""
        self._marks.append(
            Markup('<line class="{k}" x1="{x}" x2="{x}" y1="0" y2="{h}"/>').format(
                k=kind, x=self.across(x), h=self.height
            )
        )

    def shade(self, left: float, right: float, kind: str) -> None:
        """Fill the whole height between two positions."""
        width = 100 * (self._share(right) - self._share(left))
        self._marks.append(
            Markup('<rect class="{k}" x="{x}" width="{w:.3f}%" y="0" height="{h}"/>').format(
                k=kind, x=self.across(left), w=width, h=self.height
            )
        )

    def text(
        self, x: float, pixels: float, words: str, kind: str = "tick", anchor: str = "middle"
    ) -> None:
        """Write `words` with the baseline `pixels` from the top."""
        self._marks.append(
            Markup('<text class="{k}" x="{x}" y="{y}" text-anchor="{a}">{t}</text>').format(
                k=kind, x=self.across(x), y=pixels, a=anchor, t=words
            )
        )

    def curve(self, points: Sequence[Point], kind: str) -> None:
        """Draw straight lines through the points."""
        self._stretched(Markup('<polyline class="curve {k}" points="{p}"/>'), points, kind)

    def band(self, upper: Sequence[Point], lower: Sequence[Point], kind: str) -> None:
        """Fill between two curves."""
        edge = [*upper, *reversed(lower)]
        self._stretched(Markup('<polygon class="band {k}" points="{p}"/>'), edge, kind)

    def _stretched(self, shape: Markup, points: Sequence[Point], kind: str) -> None:
        places = " ".join(f"{self._share(x) * STRETCH:.1f},{self.down(y)}" for x, y in points)
        self._marks.append(
            Markup(
                '<svg viewBox="0 0 {w} {h}" width="100%" height="{h}" preserveAspectRatio="none"'
                ' overflow="visible">{s}</svg>'
            ).format(w=STRETCH, h=self.height, s=shape.format(k=kind, p=places))
        )

    def dot(self, x: float, y: float, kind: str, note: str, radius: float = 4.5) -> None:
        """Draw a dot that says `note` when pointed at."""
        self._marks.append(
            Markup(
                '<circle class="dot {k}" cx="{x}" cy="{y}" r="{r:.1f}"><title>{t}</title></circle>'
            ).format(k=kind, x=self.across(x), y=self.down(y), r=radius, t=note)
        )

    def whisker(self, x: float, low: float, high: float, kind: str) -> None:
        """Draw an upright interval."""
        self._marks.append(
            Markup('<line class="whisker {k}" x1="{x}" x2="{x}" y1="{a}" y2="{b}"/>').format(
                k=kind, x=self.across(x), a=self.down(high), b=self.down(low)
            )
        )

    def span(self, y: float, left: float, right: float, kind: str) -> None:
        """Draw a level interval."""
        self._marks.append(
            Markup('<line class="{k}" x1="{a}" x2="{b}" y1="{y}" y2="{y}"/>').format(
                k=kind, a=self.across(left), b=self.across(right), y=self.down(y)
            )
        )

    def column(self, x: float, width: float, top: float, kind: str) -> None:
        """Draw a bar from the bottom up to `top`, centred on `x`."""
        y = self.down(top)
        self._marks.append(
            Markup('<rect class="{k}" x="{x}" width="{w:.3f}%" y="{y}" height="{h}"/>').format(
                k=kind,
                x=self.across(x - width / 2),
                w=100 * (self._share(width) - self._share(0)),
                y=y,
                h=round(self.height - y, 2),
            )
        )

    def svg(self) -> Markup:
        """Return the figure."""
        return Markup(
            '<svg class="plot {k}" role="img" aria-label="{t}" width="100%" height="{h}">{m}</svg>'
        ).format(k=self._kind, t=self._title, h=self.height, m=Markup("").join(self._marks))
