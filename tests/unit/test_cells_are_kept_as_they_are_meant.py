"""What a row holds: the timestamp as it came, numbers as numbers, null as nothing."""

import pytest

from tests.ingesting import NOON, Ingesting, line


@pytest.mark.parametrize(
    ("came", "kept"),
    [
        ("12", "12"),
        ("-0", "0"),
        ("12.0", "12.0"),
        ("89.39999999999999", "89.39999999999999"),
        ("1e3", "1000.0"),
        ("1E-7", "1e-07"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        ('"12"', "12"),
        (r'" 12\t"', "12"),
        ('"+007"', "7"),
        ('"12.50"', "12.5"),
        ('".5"', "0.5"),
        ('"5."', "5.0"),
        ('"1e3"', "1000.0"),
        ("null", ""),
        (None, ""),
    ],
)
def test_measures_are_numbers(came: str | None, kept: str) -> None:
    run = Ingesting()
    run.put(line(views=came))
    assert [row[3] for row in run.rows] == [kept]


@pytest.mark.parametrize(
    ("came", "kept"),
    [
        ('"us"', "us"),
        ("7", "7"),
        ("1.50", "1.5"),
        ("true", "true"),
        ("false", "false"),
        ("null", ""),
        (None, ""),
        ('""', ""),
        (r'"\u0000"', "\0"),
        (r'"\ud83d\ude00"', "\N{GRINNING FACE}"),
        (r'"a,\"b\"\r\nc"', 'a,"b"\r\nc'),
        ('"\u2028\u0085"', "\u2028\u0085"),
        ('"' + "x" * 1024 + '"', "x" * 1024),
    ],
)
def test_dimensions_are_any_scalar(came: str | None, kept: str) -> None:
    run = Ingesting()
    run.put(line(marketplace=came), line())
    assert [row[2] for row in run.rows] == [kept, "us"]


@pytest.mark.parametrize(
    ("format", "zone", "came", "kept"),
    [
        ("UNIX", "UTC", str(NOON), str(NOON)),
        ("UNIX", "UTC", f"{NOON}125", f"{NOON}125"),
        ("UNIX", "UTC", f"{NOON}.25", f"{NOON}.25"),
        ("UNIX", "UTC", f'"{NOON}"', str(NOON)),
        ("ISO8601", "UTC", '"2026-06-01T14:00:00+02:00"', "2026-06-01T14:00:00+02:00"),
        ("dd/MM/yyyy hh:mm a", "Europe/Berlin", '"01/06/2026 02:00 pm"', "01/06/2026 02:00 pm"),
    ],
)
def test_timestamps_stay_as_they_came(format: str, zone: str, came: str, kept: str) -> None:
    run = Ingesting(TimestampFormat=format, Timezone=zone)
    run.put(line(event_time=came))
    assert [row[0] for row in run.rows] == [kept]
    assert [chunk.interval_start for chunk in run.chunks] == [NOON]


@pytest.mark.parametrize(
    ("came", "kept"),
    [("1186867190008", "1186867190008"), ('"cam-7"', "cam-7"), ("true", "true"), ("0", "0"), ("null", ""), ('""', "")],
)
def test_columns_that_are_only_counted_hold_any_scalar(came: str, kept: str) -> None:
    run = Ingesting(Measures="person:COUNT,views:SUM")
    run.put(line(person=came))
    assert [row[4] for row in run.rows] == ["12"]
    assert [row[3] for row in run.rows] == [kept]


def test_a_column_that_is_counted_and_summed_holds_numbers() -> None:
    run = Ingesting(Measures="views:COUNT,views:SUM")
    run.put(line(views='"cam-7"'))
    assert run.reasons == ["not_a_number"]


def test_lists_are_not_counted_and_empty_text_is_no_measure() -> None:
    run = Ingesting(Measures="person:COUNT")
    run.put(line(person="[1]"), line(person='""'), line(person='"x"'))
    assert run.reasons == ["not_a_number", "no_measure"]
    assert len(run.rows) == 1


class TestFilters:
    """DimensionFilters: AND across dimensions, OR within one."""

    FILTERS = "marketplace=us,uk,7,true;platform=pc_web"

    @pytest.mark.parametrize("marketplace", ['"us"', '"uk"', "7", "true"])
    def test_what_they_name_passes(self, marketplace: str) -> None:
        report = Ingesting(DimensionFilters=self.FILTERS).put(line(marketplace=marketplace))
        assert (report.stored, report.filtered) == (1, 0)

    @pytest.mark.parametrize(
        "fields", [{"marketplace": '"de"'}, {"marketplace": "null"}, {"platform": '"mobile_app"'}, {"platform": None}]
    )
    def test_all_else_is_counted_and_not_kept(self, fields: dict[str, str | None]) -> None:
        run = Ingesting(DimensionFilters=self.FILTERS)
        report = run.put(line(), line(**fields), line())
        assert (report.stored, report.filtered, report.quarantined) == (2, 1, 0)
        assert [(len(chunk.identities), chunk.filtered) for chunk in run.chunks] == [(2, 1)]

    def test_nothing_else_of_a_filtered_record_is_looked_at(self) -> None:
        run = Ingesting(DimensionFilters=self.FILTERS)
        other = line(marketplace='"de"', event_time='"yesterday"', views='"many"')
        assert run.put(line(), other, other.replace(b'"many"', b"NaN")).filtered == 2

    def test_a_list_cannot_be_judged(self) -> None:
        run = Ingesting(DimensionFilters=self.FILTERS)
        run.put(line(marketplace='["de"]'))
        assert run.reasons == ["bad_dimension"]

    def test_they_work_on_csv(self) -> None:
        columns = "event_time,platform,marketplace,views,revenue"
        run = Ingesting(DimensionFilters=self.FILTERS, RecordFormat="csv", CsvColumns=columns)
        rows = b"2026-06-01 12:00:00,pc_web,us,1,2\n2026-06-01 12:00:00,pc_web,de,1,2\n,pc_web,,,"
        assert run.put(rows).filtered == 2
