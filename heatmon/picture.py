"""Line charts without libraries: in the terminal by braille dots, and as SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import Final

Point = tuple[float, float]
COLOURS: Final = ("#c0392b", "#2471a3", "#7d3c98", "#117a65", "#b9770e")
GREY: Final = "#8a8f94"
_BRAILLE: Final = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))


@dataclass(frozen=True, slots=True)
class Series:
    """One line or cloud. dashed: a limit; cloud: points that are not joined."""

    name: str
    points: Sequence[Point]
    dashed: bool = False
    cloud: bool = False

    def finite(self) -> list[Point]:
        """The points that can be drawn."""
        return [(x, y) for x, y in self.points if math.isfinite(x) and math.isfinite(y)]


@dataclass(frozen=True, slots=True)
class Frame:
    """What part of the plane is shown."""

    left: float
    right: float
    bottom: float
    top: float

    @classmethod
    def around(cls, series: Sequence[Series]) -> Frame | None:
        """Everything, with a little room; None when there is nothing to draw."""
        points = [point for one in series for point in one.finite()]
        if not points:
            return None
        xs, ys = [x for x, _ in points], [y for _, y in points]
        pad_x, pad_y = 0.02 * (max(xs) - min(xs)) or 1.0, 0.05 * (max(ys) - min(ys)) or 1.0
        return cls(min(xs) - pad_x, max(xs) + pad_x, min(ys) - pad_y, max(ys) + pad_y)


def ticks(low: float, high: float, most: int = 8) -> list[float]:
    """Round numbers between two values, at most about `most`."""
    span = high - low
    if not (span > 0.0 and math.isfinite(span)):
        return []
    step = 10.0 ** math.floor(math.log10(span / most))
    step *= next(k for k in (1.0, 2.0, 5.0, 10.0) if span / (step * k) <= most)
    first = math.ceil(low / step)
    return [k * step for k in range(first, math.floor(high / step) + 1)]


def terminal(series: Sequence[Series], columns: int = 72, rows: int = 20) -> list[str]:
    """The chart as lines of text, axis labels included; empty when there is nothing to draw."""
    frame = Frame.around(series)
    if frame is None:
        return []
    cells = [[0] * columns for _ in range(rows)]

    def dot(x: float, y: float) -> None:
        column = int((x - frame.left) / (frame.right - frame.left) * (columns * 2 - 1))
        row = int((frame.top - y) / (frame.top - frame.bottom) * (rows * 4 - 1))
        if 0 <= column < columns * 2 and 0 <= row < rows * 4:
            cells[row // 4][column // 2] |= _BRAILLE[row % 4][column % 2]

    for one in series:
        for x, y in one.finite() if one.cloud else _along(one, frame, columns * 4):
            dot(x, y)
    labels = {
        round((frame.top - y) / (frame.top - frame.bottom) * (rows - 1)): y
        for y in ticks(frame.bottom, frame.top, rows // 3)
    }
    lines = [f"{labels[k]:7.4g} ┤" if k in labels else "        │" for k in range(rows)]
    lines = [
        head + "".join(chr(0x2800 + cell) for cell in row) for head, row in zip(lines, cells, strict=True)
    ]
    return [*lines, *_abscissa(frame, columns)]


def _along(one: Series, frame: Frame, dots: int) -> list[Point]:
    points = one.finite()
    out: list[Point] = []
    step = (frame.right - frame.left) / dots
    for n, ((x0, y0), (x1, y1)) in enumerate(pairwise(points)):
        pieces = max(1, math.ceil(abs(x1 - x0) / step), math.ceil(abs(y1 - y0) / step))
        for k in range(min(pieces, 400) + 1):
            share = k / min(pieces, 400)
            if not one.dashed or (n + int(share * 20)) % 2 == 0:
                out.append((x0 + share * (x1 - x0), y0 + share * (y1 - y0)))
    return out or points


def _abscissa(frame: Frame, columns: int) -> list[str]:
    rule, labels = ["─"] * columns, [" "] * (columns + 8)
    for x in ticks(frame.left, frame.right, columns // 9):
        at = int((x - frame.left) / (frame.right - frame.left) * (columns - 1))
        text = f"{x:g}"
        rule[at] = "┬"
        start = min(max(0, at - len(text) // 2), len(labels) - len(text))
        labels[start : start + len(text)] = text
    return ["        └" + "".join(rule), "         " + "".join(labels).rstrip()]


def svg(
    series: Sequence[Series], title: str, x_label: str, y_label: str, size: tuple[int, int] = (760, 460)
) -> str:
    """The chart as an SVG document; texts are escaped."""
    width, height = size
    frame = Frame.around(series) or Frame(0.0, 1.0, 0.0, 1.0)
    left, top, right, bottom = 64, 40, width - 16, height - 72

    def place(x: float, y: float) -> tuple[float, float]:
        across = (x - frame.left) / (frame.right - frame.left)
        up = (y - frame.bottom) / (frame.top - frame.bottom)
        return left + across * (right - left), bottom - up * (bottom - top)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
        f' viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        f'<text x="{left}" y="24" font-size="14">{escape(title)}</text>',
    ]
    for x in ticks(frame.left, frame.right, 10):
        at, _ = place(x, frame.bottom)
        parts.append(f'<path d="M{at:.1f} {top}V{bottom}" stroke="#e3e5e7"/>')
        parts.append(f'<text x="{at:.1f}" y="{bottom + 16}" text-anchor="middle">{x:g}</text>')
    for y in ticks(frame.bottom, frame.top, 8):
        _, at = place(frame.left, y)
        parts.append(f'<path d="M{left} {at:.1f}H{right}" stroke="#e3e5e7"/>')
        parts.append(f'<text x="{left - 6}" y="{at + 4:.1f}" text-anchor="end">{y:g}</text>')
    for n, one in enumerate(series):
        parts.append(_drawn(one, COLOURS[n % len(COLOURS)], [place(x, y) for x, y in one.finite()]))
    box = f'x="{left}" y="{top}" width="{right - left}" height="{bottom - top}"'
    parts.append(f'<rect {box} fill="none" stroke="{GREY}"/>')
    parts.append(
        f'<text x="{(left + right) / 2}" y="{bottom + 36}" text-anchor="middle">{escape(x_label)}</text>'
    )
    parts.append(
        f'<text transform="translate(16 {(top + bottom) / 2}) rotate(-90)" text-anchor="middle">'
        f"{escape(y_label)}</text>"
    )
    parts.extend(_legend(series, left, height - 14))
    return "\n".join([*parts, "</svg>", ""])


def _drawn(one: Series, colour: str, places: list[tuple[float, float]]) -> str:
    if one.cloud:
        dots = "".join(f"M{x:.1f} {y:.1f}h0" for x, y in places)
        look = 'stroke-width="2.5" stroke-linecap="round" stroke-opacity="0.5"'
        return f'<path d="{dots}" stroke="{GREY}" {look}/>'
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
    dash = ' stroke-dasharray="6 4"' if one.dashed else ""
    return (
        f'<path d="M{path}" fill="none" stroke="{GREY if one.dashed else colour}" stroke-width="2"{dash}/>'
        if path
        else ""
    )


def _legend(series: Sequence[Series], left: int, y: int) -> list[str]:
    parts, x = [], float(left)
    for n, one in enumerate(series):
        colour = GREY if one.dashed or one.cloud else COLOURS[n % len(COLOURS)]
        parts.append(f'<path d="M{x:.0f} {y - 4}h22" stroke="{colour}" stroke-width="3"/>')
        parts.append(f'<text x="{x + 28:.0f}" y="{y}">{escape(one.name)}</text>')
        # Chinese letters are about twice as wide as Latin ones.
        x += 48 + sum(13 if ord(letter) > 0x2E7F else 7 for letter in one.name)
    return parts
