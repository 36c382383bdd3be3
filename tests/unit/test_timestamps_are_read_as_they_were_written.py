"""Every format of timestamps: what is written is read again, the repeated hour included; nonsense is refused."""

from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ingesting import refusal
from tidegate.contracts.errors import BadRecord, ConfigurationError
from tidegate.contracts.timestamps import MILLISECONDS_ABOVE, TimestampCodec

FORMATS = (
    "UNIX",
    "ISO8601",
    "yyyy-MM-dd HH:mm:ss",
    "dd/MM/yyyy hh:mm:ss a",
    "yyyyMMddHHmmss",
    "yyyy-MM-dd'T'HH:mm:ss.SSS",
    "HH 'oclock' mm:ss, dd.MM.yyyy",
)
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")
codecs = st.builds(TimestampCodec, st.sampled_from(FORMATS), st.sampled_from(ZONES))
instants = st.integers(86_400 * 2, 4_102_444_800)


def at(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


@settings(max_examples=150, deadline=None)
@given(codecs, st.lists(instants | st.integers(1_792_886_400, 1_792_900_800), min_size=1, max_size=5))
def test_what_is_written_is_read_again(codec: TimestampCodec, moments: list[int]) -> None:
    for instant in [*moments, *moments]:  # the second time out of the cache
        assert codec.parse(codec.text(instant), arrival=instant + 30) == instant


@given(
    st.sampled_from(FORMATS),
    st.text(st.sampled_from("0123456789-:/T. apm+Z_e"), max_size=24) | st.integers() | st.floats(),
)
def test_anything_is_read_or_refused(format: str, value: object) -> None:
    codec = TimestampCodec(format, "Europe/Berlin")
    reason = refusal(lambda: codec.parse(value, 1e9))
    assert reason == "bad_timestamp" or 86_400 <= codec.parse(value, 1e9) <= 253_402_214_400


@pytest.mark.parametrize(
    ("value", "instant"),
    [
        (1_780_315_200, 1_780_315_200),
        (1_780_315_200.5, 1_780_315_200.5),
        ("1780315200", 1_780_315_200),
        (1_780_315_200_125, 1_780_315_200.125),
        (MILLISECONDS_ABOVE, MILLISECONDS_ABOVE),
        (MILLISECONDS_ABOVE + 1000, MILLISECONDS_ABOVE / 1000 + 1),
    ],
)
def test_unix_is_seconds_or_milliseconds_by_size(value: object, instant: float) -> None:
    assert TimestampCodec("UNIX", "UTC").parse(value) == instant


@pytest.mark.parametrize(
    "value", ["", "now", "nan", "inf", "1_780_315_200", "١٧٨٠٣١٥٢٠٠", True, None, [1], 0, -5, 1e300, 10**400]
)
def test_what_is_no_unix_time_is_refused(value: object) -> None:
    with pytest.raises(BadRecord, match="bad_timestamp"):
        TimestampCodec("UNIX", "UTC").parse(value)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-06-01T12:00:00Z", "2026-06-01T12:00:00+00:00"),
        ("2026-06-01T12:00:00+02:00", "2026-06-01T10:00:00+00:00"),
        ("2026-06-01T12:00:00.250", "2026-06-01T10:00:00.250+00:00"),
        ("2026-06-01 12:00", "2026-06-01T10:00:00+00:00"),
        ("2026-06-01", "2026-05-31T22:00:00+00:00"),
    ],
)
def test_iso_8601_without_an_offset_is_local(text: str, instant: str) -> None:
    assert TimestampCodec("ISO8601", "Europe/Berlin").parse(text) == at(instant)


@pytest.mark.parametrize(
    ("arrival", "instant"),
    [
        ("2026-10-25T00:31:00Z", "2026-10-25T00:30:00Z"),
        ("2026-10-25T01:31:00Z", "2026-10-25T01:30:00Z"),
        ("2026-10-25T00:59:00Z", "2026-10-25T00:30:00Z"),
        ("2026-10-25T01:01:00Z", "2026-10-25T01:30:00Z"),
    ],
)
@pytest.mark.parametrize("format", ["yyyy-MM-dd HH:mm:ss", "ISO8601"])
def test_a_repeated_hour_is_the_one_nearer_to_the_arrival(format: str, arrival: str, instant: str) -> None:
    codec = TimestampCodec(format, "Europe/Berlin")
    codec.parse("2026-10-25 02:30:00", at("2026-10-25T00:31:00Z"))
    assert codec.parse("2026-10-25 02:30:00", at(arrival)) == at(instant)


def test_a_skipped_time_means_what_the_clock_would_have_shown() -> None:
    codec = TimestampCodec("yyyy-MM-dd HH:mm:ss", "Europe/Berlin")
    assert codec.parse("2026-03-29 02:30:00") == at("2026-03-29T01:30:00Z")


@pytest.mark.parametrize(("text", "hour"), [("12:15 am", 0), ("01:15 AM", 1), ("12:15 pm", 12), ("11:15 Pm", 23)])
def test_clocks_of_twelve_hours(text: str, hour: int) -> None:
    codec = TimestampCodec("yyyy-MM-dd hh:mm a", "UTC")
    assert codec.parse(f"2026-06-01 {text}") == at(f"2026-06-01T{hour:02d}:15:00Z")


@pytest.mark.parametrize("text", ["13:15 am", "00:15 pm", "12:15", "12:15 xm"])
def test_hours_of_no_such_clock_are_refused(text: str) -> None:
    with pytest.raises(BadRecord, match="bad_timestamp"):
        TimestampCodec("yyyy-MM-dd hh:mm a", "UTC").parse(f"2026-06-01 {text}")


@pytest.mark.parametrize(
    "text", ["2026-06-01 12:00:60", "2026-06-01 12:00:5", "2026-06-01 12:00:0\u0665", "2026-06-01 12:00:00 "]
)
def test_seconds_out_of_the_cache_are_checked(text: str) -> None:
    codec = TimestampCodec("yyyy-MM-dd HH:mm:ss", "UTC")
    codec.parse("2026-06-01 12:00:00")
    with pytest.raises(BadRecord, match="bad_timestamp"):
        codec.parse(text)


@pytest.mark.parametrize(
    "format", ["", "yyyy", "yyyy-MM-dd-dd", "yyyy-MM-dd hh:mm", "yyyy-MM-dd HH:mm a", "YYYY-MM-dd", "yyyy-MM-dd 'T"]
)
def test_formats_of_no_kind_are_refused(format: str) -> None:
    with pytest.raises(ConfigurationError, match="TimestampFormat"):
        TimestampCodec(format, "UTC")
