"""From a score (1 is the alarm line) to a severity of 0 to 100 (70 is the alarm line)."""

from typing import Final

import numpy as np

from tidegate.detect.state import Floats

ALARM: Final = np.float32(70)


def severity(score: Floats) -> Floats:
    """70 times the score up to the line, then 100 - 30 / score: twice the line is 85, three times is 90."""
    above = 100 - 30 / np.maximum(score, np.float32(1))
    return np.where(score < 1, ALARM * np.maximum(score, np.float32(0)), above).astype(np.float32)
