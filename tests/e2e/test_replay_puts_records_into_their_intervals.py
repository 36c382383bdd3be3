"""Records from files through the real functions: which interval they end up in, in which form, and once."""

import json
from pathlib import Path

import pytest

from local import parameters
from tests.replaying import record, replay, settings

SHOP = settings(Measures="views:SUM", Dimensions="marketplace")


@pytest.mark.parametrize(("minutes", "first", "second"), [("5", "1915", "1920"), ("10", "1910", "1920")])
def test_the_shops_table(tmp_path: Path, minutes: str, first: str, second: str) -> None:
    lines = [
        record(marketplace="us", event_time="2021-05-24 19:18:28", views=185),
        record(marketplace="uk", event_time="2021-05-24 19:21:15", views=4.5, platform="pc_web"),
    ]
    rows = replay(tmp_path, lines, *SHOP, *settings(IntervalMinutes=minutes)).rows()
    assert rows == {
        f"2021-05-24 {first}": [["2021-05-24 19:18:28", "us", "185"]],
        f"2021-05-24 {second}": [["2021-05-24 19:21:15", "uk", "4.5"]],
    }


def test_cameras_counts_lie_in_the_interval_in_which_they_happened(tmp_path: Path) -> None:
    noon = 1_684_144_800_000  # 2023-05-15 10:00 UTC, 12:00 in Berlin
    seen = [(0, "person"), (1, "car"), (299, "car"), (300, "car"), (300, "person"), (420, "car"), (900, "person")]
    lines = [record(camera="north", event_time=noon + 1000 * second, **{what: 17}) for second, what in seen]
    found = replay(tmp_path, lines, "--config-env", "traffic")
    assert found.rows() == {
        "2023-05-15 1200": [["1684144800", "north", "1", "2"]],
        "2023-05-15 1205": [["1684145100", "north", "1", "2"]],
        "2023-05-15 1210": [],
        "2023-05-15 1215": [["1684145700", "north", "1", "0"]],
    }


def test_columns_that_the_environment_names_are_those_of_a_file_without_header(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = ["Measures=views:SUM", "TimestampColumn=time", "RecordFormat=csv", "CsvColumns=time,shop,views"]
    environment = {"global": {"parameters": {"parameter_overrides": named}}}
    monkeypatch.setattr(parameters, "environments", lambda: {"mine": environment})
    path = tmp_path / "mine.csv"
    path.write_text("2021-05-24 19:18:28,us,185\n")
    rows = replay(tmp_path, path, "--config-env", "mine").rows()
    assert rows == {"2021-05-24 1915": [["2021-05-24 19:18:28", "185"]]}


def test_disorder_in_the_file_is_lateness_and_makes_a_revision(tmp_path: Path) -> None:
    lines = [
        record(marketplace="us", event_time="2021-05-24 10:01:00", views=1),
        record(marketplace="us", event_time="2021-05-24 10:31:00", views=2),
        record(marketplace="us", event_time="2021-05-24 10:02:00", views=3),
        record(marketplace="us", event_time="2021-05-24 09:57:00", views=4),
        record(marketplace="us", event_time="2021-05-21 09:57:00", views=5),
    ]
    found = replay(tmp_path, lines, *SHOP)
    rows = found.rows()
    assert rows["2021-05-24 1000"] == [["2021-05-24 10:01:00", "us", "1"], ["2021-05-24 10:02:00", "us", "3"]]
    assert rows["2021-05-24 0955"] == [["2021-05-24 09:57:00", "us", "4"]]
    assert found.quarantined() == [("too_late", lines[-1])]
    lines_of_ledger = {line["start"]: line for line in found.ledger()["intervals"]}
    assert lines_of_ledger["2021-05-24T10:00:00Z"]["revision"] == 2
    assert found.ledger()["totals"]["balanced"]
    assert len(rows) == 8
    assert found.ledger()["totals"]["incomplete"] == 0


def test_a_csv_file_is_replayed_by_its_header(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(
        'when,shop,"note",orders\n2024-02-29T23:59:59+01:00,a,"two\nlines",3\n2024-02-29T23:00:00Z,b,,4\nonly,two\n'
    )
    parameters = settings(
        Measures="orders:SUM",
        Dimensions="shop",
        TimestampColumn="when",
        TimestampFormat="ISO8601",
        Timezone="Europe/Paris",
    )
    found = replay(tmp_path, path, *parameters)
    assert found.rows() == {
        "2024-02-29 2355": [["2024-02-29T23:59:59+01:00", "a", "3"]],
        "2024-03-01 0000": [["2024-02-29T23:00:00Z", "b", "4"]],
    }
    assert found.quarantined() == [("wrong_width", b"only,two")]


def test_the_hour_that_a_clock_change_repeats_is_kept_apart(tmp_path: Path) -> None:
    local = ("01:50:00", "02:10:00", "02:35:00", "02:59:00", "02:20:00", "02:45:00", "03:10:00")
    lines = [record(marketplace="de", event_time=f"2025-10-26 {time}", views=n) for n, time in enumerate(local)]
    # at 03:00 the clock goes back to 02:00; of two readings the one nearer to what came before is meant
    rows = replay(tmp_path, lines, *SHOP, *settings(IntervalMinutes="60", Timezone="Europe/Berlin")).rows()
    views = {interval: [row[2] for row in found] for interval, found in rows.items()}
    assert views == {
        "2025-10-26 0100": ["0"],
        "2025-10-26 0200": ["1", "2", "3"],
        "2025-10-26 0200_2": ["4", "5"],
        "2025-10-26 0300": ["6"],
    }


def test_hourly_rows_of_a_repeated_hour_come_once_in_each(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    hours = ("01", "02", "02", "03")
    path.write_text(
        "event_time,marketplace,views\n"
        + "".join(f"2025-10-26 {hour}:00:00,{shop},{n}\n" for n, hour in enumerate(hours) for shop in ("de", "fr"))
    )
    rows = replay(tmp_path, path, *SHOP, *settings(IntervalMinutes="60", Timezone="Europe/Berlin")).rows()
    views = {interval: [row[2] for row in found] for interval, found in rows.items()}
    assert views == {
        "2025-10-26 0100": ["0", "0"],
        "2025-10-26 0200": ["1", "1"],
        "2025-10-26 0200_2": ["2", "2"],
        "2025-10-26 0300": ["3", "3"],
    }


def test_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    lines = [
        record(marketplace=f"m{n % 3}", event_time=f"2021-05-24 10:{n % 20:02}:{n % 7:02}", views=n) for n in range(60)
    ]
    found = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        replayed = replay(tmp_path / name, [*lines, b"bad"], *SHOP)
        found.append((replayed.objects(), replayed.ledger(), replayed.quarantined()))
    assert found[0] == found[1]
    assert len(found[0][0]) == 4


def test_a_second_run_replaces_what_the_first_left(tmp_path: Path) -> None:
    replay(tmp_path, [record(marketplace="us", event_time="2021-05-24 19:18:28", views=1)], *SHOP)
    note = tmp_path / "out" / "note.txt"
    note.write_text("mine")
    found = replay(tmp_path, [record(marketplace="us", event_time="2021-05-25 19:18:28", views=1)], *SHOP)
    assert list(found.rows()) == ["2021-05-25 1915"]
    assert note.read_text() == "mine"
    assert json.loads((found.folder / "ledger.json").read_text())["totals"]["rows"] == 1
