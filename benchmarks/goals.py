"""What the figures are to reach. A goal whose row was not measured is not judged."""

from collections.abc import Callable, Sequence
from typing import Final

from benchmarks.bill import MB_A_PROCESSOR
from benchmarks.lines import Goal, Line, rounded
from benchmarks.rows import buffer, cost, detect, flush, ingest, replay

type _Find = Callable[..., Line]

LAMBDA_SECONDS: Final = 900
FUNCTION_MB: Final = 1024


def goals(lines: Sequence[Line]) -> list[Goal]:
    """Every goal of the rows that are in `lines`."""
    measured = {line.row for line in lines}
    return [goal for row, judge in _JUDGES.items() if row in measured for goal in judge(lines)]


def _ingest(lines: Sequence[Line]) -> list[Goal]:
    line = _largest(lines, ingest.ROW, "CPU to the client", "floor")
    return [Goal(ingest.ROW, f"CPU at most 1.5 times the floor, {line.case}", _ratio(line), 1.5)]


def _buffer(lines: Sequence[Line]) -> list[Goal]:
    line = _smallest(lines, buffer.ROW, buffer.UNITS, buffer.NAIVE)
    return [
        Goal(buffer.ROW, f"at most 0.01 write units a record, {line.case}", line.ours, 0.01),
        Goal(buffer.ROW, f"at most a hundredth of an item a record, {line.case}", _ratio(line), 0.01),
    ]


def _flush(lines: Sequence[Line]) -> list[Goal]:
    small, large = (end(lines, flush.ROW, flush.MEMORY, "polars") for end in (_smallest, _largest))
    cpu = _largest(lines, flush.ROW, flush.CPU, "polars")
    seconds = rounded(cpu.ours * MB_A_PROCESSOR / FUNCTION_MB)
    return [
        Goal(flush.ROW, f"memory is flat: MB at {large.case} for each MB at {small.case}", _of(large, small), 2.0),
        Goal(flush.ROW, f"{cpu.case} in at most half of 900 s in a function of 1 GB", seconds, LAMBDA_SECONDS / 2),
        Goal(flush.ROW, f"{large.case} in at most half of 1 GB", large.ours, FUNCTION_MB / 2),
    ]


def _detect(lines: Sequence[Line]) -> list[Goal]:
    line = _largest(lines, detect.ROW, "load, step and save, all series", "")
    return [Goal(detect.ROW, f"{line.case} in at most 1,000 CPU ms", line.ours, 1000.0)]


def _replay(lines: Sequence[Line]) -> list[Goal]:
    line = _largest(lines, replay.ROW, replay.FILES, replay.SPARK)
    intervals = int(line.case.split(", ")[1].split()[0])
    return [Goal(replay.ROW, f"one object an interval, {line.case}", _share(line.ours, intervals), 1.0)]


def _cost(lines: Sequence[Line]) -> list[Goal]:
    found = [line for line in lines if line.row == cost.ROW and line.figure == cost.MILLION]
    return [
        Goal(cost.ROW, f"at most 0.01 USD a million, without the stream, {one.case}", one.ours, 0.01) for one in found
    ]


_JUDGES: Final[dict[str, Callable[[Sequence[Line]], list[Goal]]]] = {
    ingest.ROW: _ingest,
    buffer.ROW: _buffer,
    flush.ROW: _flush,
    detect.ROW: _detect,
    replay.ROW: _replay,
    cost.ROW: _cost,
}


def _all(lines: Sequence[Line], row: str, figure: str, against: str) -> list[Line]:
    return [line for line in lines if (line.row, line.figure, line.against) == (row, figure, against)]


def _largest(lines: Sequence[Line], row: str, figure: str, against: str) -> Line:
    return max(_all(lines, row, figure, against), key=lambda line: line.size)


def _smallest(lines: Sequence[Line], row: str, figure: str, against: str) -> Line:
    return min(_all(lines, row, figure, against), key=lambda line: line.size)


def _ratio(line: Line) -> float:
    assert line.ratio is not None, f"{line.against} is measured wherever we are"
    return rounded(line.ratio)


def _of(large: Line, small: Line) -> float:
    return _share(large.ours, small.ours)


def _share(value: float, of: float) -> float:
    return rounded(value / of)
