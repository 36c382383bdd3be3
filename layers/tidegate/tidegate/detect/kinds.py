"""Of which kind an anomaly is, from what shows it.

silence   absent or zero where a value was expected to be there
flat      the same value again and again (repeats.py)
shift     the deviation has gone on for LASTING_POINTS since its alarm, or is a rise that many points show, none alone
noise     the channel of volatility, or squares more than any sum, show it most, and it is not all to one side
sag       low over many points, none of them remarkable alone
spike     high        dip     low
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from tidegate.contracts.anomaly import Kind
from tidegate.detect.deviation import SHORT, VOLATILITY
from tidegate.detect.evidence import LARGEST_STEP, RECENT, SUDDEN
from tidegate.detect.expectation import TINY
from tidegate.detect.levels import SHIFT_POINTS
from tidegate.detect.model import Judgement
from tidegate.detect.scores import KINDS
from tidegate.detect.state import Flags, Floats

REMARKABLE: Final = np.float32(3.5)
"""A value so many standard deviations from its expectation is remarkable alone."""
MIXED: Final = np.float32(1.25)
"""Deviations go both ways when the sum of their squares shows so much more than any sum of them. One behind another the
other way is itself no such sum.
"""
NOTHING_BEFORE: Final = np.float32(0.7)
"""The sum over three points of a deviation alone is 0.87 of it; of one after an equal one the other way 0.43."""
ONE_WAY_POINTS: Final = 2
"""So many alarms in a row to one side are no mere unrest, however much of it they make."""
LASTING_POINTS: Final = SHIFT_POINTS - 2
"""Two points before the level is moved (levels.py): the last alarms of a shift say what it is."""
LONG_WINDOW: Final = 3
"""From this window on (12 points) a sum is one over many points."""
EXPECTED_THERE: Final = np.float32(2)
"""A value is expected to be there where the expected one is at least so many standard deviations."""


def kinds(judgement: Judgement, values: Floats, silent: Flags) -> npt.NDArray[np.int8]:
    """Index into `scores.KINDS`, by series. values: NaN where absent; silent: which are absent."""
    windows = judgement.windows
    strongest = np.abs(windows).argmax(axis=0)
    strongest_sum = np.take_along_axis(windows, strongest[None], axis=0)[0]
    # The side of the sum that shows most or, where none is remarkable, of the value itself. Where a series does not
    # follow its season, the sums say where it was before it jumped, and the forecast which way it jumped.
    off = values - judgement.expected
    jumps, by_forecast = _jumps(judgement, values), is_off_forecast(judgement, values)
    low = np.where(by_forecast, off, np.where(np.abs(strongest_sum) > REMARKABLE, strongest_sum, windows[0])) < 0
    slow = (strongest >= LONG_WINDOW) & (np.abs(windows[0]) < REMARKABLE) & ~by_forecast
    lasting = (np.abs(judgement.run) >= LASTING_POINTS) | (slow & ~low)
    one_way = np.abs(judgement.run) >= ONE_WAY_POINTS
    alone = _nothing_before(judgement)
    sums = np.where(alone, np.abs(strongest_sum), np.abs(windows[RECENT:]).max(axis=0))
    both_ways = judgement.unrest > MIXED * sums
    begins = alone & (np.abs(windows[0]) >= REMARKABLE)
    unsteady = (_shown_by(judgement) == VOLATILITY) & ~alone
    wild = (unsteady | both_ways) & ~(one_way | begins | jumps)
    zero = (values == 0) & (judgement.signal >= EXPECTED_THERE) & (judgement.seasonal > 0)
    flat = judgement.flat >= np.maximum(judgement.channels.max(axis=0), 1)
    conditions = [silent | zero, flat, wild & (judgement.score >= 1), lasting, slow & low, low]
    choices = [Kind.SILENCE, Kind.FLAT, Kind.NOISE, Kind.SHIFT, Kind.SAG, Kind.DIP]
    places = [np.int8(KINDS.index(kind)) for kind in choices]
    return np.asarray(np.select(conditions, places, np.int8(KINDS.index(Kind.SPIKE))))


def is_off_forecast(judgement: Judgement, values: Floats) -> Flags:
    """Which deviate from the forecast that follows the values, rather than from the season."""
    shows = np.isin(_shown_by(judgement), (SHORT, VOLATILITY))
    return np.asarray(_jumps(judgement, values) | (_is_outside(judgement, values) & shows))


def _shown_by(judgement: Judgement) -> npt.NDArray[np.intp]:
    """The channel that shows most."""
    return np.asarray(judgement.channels.argmax(axis=0))


def _jumps(judgement: Judgement, values: Floats) -> Flags:
    sudden = (judgement.sudden > 0) & (np.abs(judgement.run) < ONE_WAY_POINTS)
    return np.asarray(sudden & _is_outside(judgement, values))


def _is_outside(judgement: Judgement, values: Floats) -> Flags:
    return np.asarray(np.abs(values - judgement.expected) > judgement.half_band)


def _nothing_before(judgement: Judgement) -> Flags:
    """A deviation that none the other way came before: it may begin a noise, and until then is a spike or a dip.

    The doubt about a weekday never seen says how surely there is a deviation, not which way it goes: it is left out.
    """
    sums = judgement.windows[SUDDEN] / np.sqrt(np.maximum(judgement.sharp[SUDDEN], TINY))
    alone = np.clip(sums[0], -LARGEST_STEP, LARGEST_STEP)
    return np.asarray(sums[1] * np.sign(alone) >= NOTHING_BEFORE * np.abs(alone))
