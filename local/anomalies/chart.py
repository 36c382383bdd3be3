"""A series over time as blocks of text, with the anomaly marked."""

from collections.abc import Sequence
from typing import Final

from tidegate.alert.phrases import amount

HEIGHT: Final = 8
_EIGHTHS: Final = " \u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588"


def chart(values: Sequence[float | None], marked: Sequence[bool]) -> list[str]:
    """Lines of text: a column an interval, from the largest value down to 0 (or the least, when that is negative).

    values: None where there is none. marked: the intervals of the incident, `^` below them.
    """
    known = [value for value in values if value is not None]
    high, low = max([0.0, *known]), min([0.0, *known])
    span = high - low or 1.0
    filled = [0 if value is None else max(1, round((value - low) / span * HEIGHT * 8)) for value in values]
    labels = [amount(high), *[""] * (HEIGHT - 2), amount(low)]
    width = max(map(len, labels))
    lines = []
    for row, label in enumerate(labels):
        below = (HEIGHT - 1 - row) * 8
        cells = "".join(_EIGHTHS[min(8, max(0, eighths - below))] for eighths in filled)
        lines.append(f"{label:>{width}} |{cells}")
    return [*lines, f"{'':>{width}}  {''.join('^' if mark else ' ' for mark in marked)}".rstrip()]
