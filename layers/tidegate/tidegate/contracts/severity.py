"""What severities mean: 0 to 100, the same for every series."""

from typing import Final

ALARM_LINE: Final = 70.0
"""A severity of so much is the alarm line of a series (docs/detection.md)."""
