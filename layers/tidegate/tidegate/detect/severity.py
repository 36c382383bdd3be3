"""From a score (1 is the alarm line) to a severity of 0 to 100 (70 is the alarm line)."""

from typing import Final

import numpy as np

from tidegate.contracts.severity import ALARM_LINE
from tidegate.detect.arithmetic import ONE, ZERO, constant
from tidegate.detect.state import Floats

ALARM: Final = constant(ALARM_LINE)
_HIGHEST, _BELOW = constant(100), constant(30)


def severity(score: Floats) -> Floats:
    """70 times the score up to the line, then 100 - 30 / score: twice the line is 85, three times is 90."""
    above = _HIGHEST - _BELOW / np.maximum(score, ONE)
    return np.where(score < ONE, ALARM * np.maximum(score, ZERO), above)
