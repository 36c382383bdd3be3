"""A backtest over folders of published intervals sees what the deployed detector sees in them."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from local.cli import main
from local.history.aggregate import History, read_history
from local.history.files import history_files
from local.history.spans import interval_count, intervals, skipped_spans
from tidegate.config import DetectorConfig
from tidegate.contracts.errors import InputError

HOUR = 3600
CONFIG = DetectorConfig.from_parameters(
    {"Measures": "orders:SUM", "TimestampColumn": "time", "IntervalMinutes": "60", "Timezone": "Europe/Berlin"}
)
MIDNIGHT = int(datetime(2025, 10, 25, 22, tzinfo=UTC).timestamp())
"""In Berlin, on the day on which the hour from 02:00 comes twice."""


def publish(root: Path, start: int, *rows: str, name: str = "interval.csv") -> Path:
    """Write an object of the interval that begins there; rows: what stands behind the header."""
    path = root / CONFIG.grid.folder(CONFIG.grid.containing(start)) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{row}\n" for row in ("time,orders", *rows)))
    return path


def row(start: int, orders: int = 1) -> str:
    return f"{datetime.fromtimestamp(start, ZoneInfo('Europe/Berlin')):%Y-%m-%d %H:%M:%S},{orders}"


def history(*given: Path) -> History:
    return read_history(history_files(given), CONFIG, lambda rows: None)


def hours(found: History) -> dict[int, float | None]:
    """Hour after midnight -> orders; None: nothing."""
    return {
        (values.interval.start - MIDNIGHT) // HOUR: next(iter(values.values.values()), None)
        for values in intervals(found)
    }


def test_both_hours_of_one_name_are_those_of_their_folders(tmp_path: Path) -> None:
    for hour in (1, 3, 2, 4):  # in whatever order they are read
        start = MIDNIGHT + hour * HOUR
        publish(tmp_path, start, row(start, hour), row(start, hour))
    assert hours(history(tmp_path)) == {1: 2, 2: 4, 3: 6, 4: 8}


def test_an_interval_without_an_object_is_a_gap_and_one_of_a_header_alone_is_silence(tmp_path: Path) -> None:
    for hour in (5, 7, 9):
        publish(tmp_path, MIDNIGHT + hour * HOUR, row(MIDNIGHT + hour * HOUR))
    for hour in (4, 8, 10):
        publish(tmp_path, MIDNIGHT + hour * HOUR)
    found = history(tmp_path)
    assert hours(found) == {5: 1, 7: 1, 8: None, 9: 1, 10: None}, "nothing is known before the first row"
    assert interval_count(found) == 5
    assert [((start - MIDNIGHT) // HOUR, (end - MIDNIGHT) // HOUR) for start, end in skipped_spans(found)] == [(6, 7)]


def test_files_beside_folders_of_intervals_have_silence_between_their_own_rows(tmp_path: Path) -> None:
    plain = tmp_path / "history.csv"
    plain.write_text(f"time,orders\n{row(MIDNIGHT)}\n{row(MIDNIGHT + 2 * HOUR)}\n")
    for hour in (5, 7):
        publish(tmp_path / "intervals", MIDNIGHT + hour * HOUR, row(MIDNIGHT + hour * HOUR))
    assert hours(history(plain, tmp_path / "intervals")) == {0: 1, 1: None, 2: 1, 5: 1, 7: 1}


def test_rows_outside_the_interval_of_their_folder_do_not_count(tmp_path: Path) -> None:
    fifth, sixth = MIDNIGHT + 5 * HOUR, MIDNIGHT + 6 * HOUR
    path = publish(tmp_path, fifth, row(fifth), row(sixth), row(fifth), f"{row(fifth - 1)}0x")
    strange = publish(tmp_path, sixth, row(fifth))
    found = history(tmp_path)
    assert hours(found) == {5: 2}, "a file without a row of its interval is no object of it"
    assert found.rows == 2
    assert (found.published.outside, found.published.first_outside) == (3, f"{path}, line 3")
    path.unlink()
    with pytest.raises(InputError, match=r"has no rows in the interval of their folder, but 1 of other times\. Are"):
        history(strange)


def test_a_folder_at_which_no_interval_begins_is_read_by_its_rows(tmp_path: Path) -> None:
    for minute in (0, 5, 10):
        folder = tmp_path / f"intvl_date=2025-10-26/intvl_hhmm=07{minute:02d}"
        folder.mkdir(parents=True)
        (folder / "interval.csv").write_text(f"time,orders\n2025-10-26 07:{minute:02d}:30,1\n")
    found = history(tmp_path)
    assert hours(found) == {8: 3}
    assert [path.parent.name for path in found.published.off_grid] == ["intvl_hhmm=0705", "intvl_hhmm=0710"]


def test_a_person_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for hour in range(400):
        start = MIDNIGHT + hour * HOUR
        publish(tmp_path / "in", start, row(start, 5 + hour % 3), *[row(start + HOUR)] * (hour == 30))
    stray = tmp_path / "in/intvl_date=2025-10-27/intvl_hhmm=0630/interval.csv"
    stray.parent.mkdir(parents=True)
    stray.write_text(f"time,orders\n{row(MIDNIGHT + 31 * HOUR)}\n")
    options = "--interval 1h --timezone Europe/Berlin --timestamp-column time --measure orders:SUM --output"
    assert main(["backtest", str(tmp_path / "in"), *options.split(), str(tmp_path / "out")]) == 0
    said = capsys.readouterr().out
    assert "Warning: 1 rows lie outside the interval of their folder and do not count" in said
    assert f"passes over; their rows count by their own times here. The first is {stray}" in said
    assert "Rows outside the interval of their folder, not counted" in (tmp_path / "out/report.html").read_text()
