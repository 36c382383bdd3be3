"""Records that are taken together give what they give one by one: chunks, quarantine and counts, whatever is mixed."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.kpl_encoder import kpl_aggregate
from tests.ingesting import DAY, HOUR, NOON, SHARD, Ingesting
from tidegate.contracts.buffer import LedgerLine
from tidegate.contracts.interval import Interval
from tidegate.contracts.record import WHOLE, StreamRecord, StreamRecords
from tidegate.contracts.timestamps import TimestampCodec
from tidegate.ingest.delivery import Delivery
from tidegate.ingest.placing import Placing
from tidegate.ingest.reader import Reader, reader_of
from tidegate.ingest.select import Columns, Values

CLOCK_CHANGE = 1_792_890_000
"""2026-10-25 01:00 UTC: the clocks of Berlin show 02:00 to 03:00 again."""

BERLIN = {"Timezone": "Europe/Berlin"}
CSV = {"RecordFormat": "csv", "CsvColumns": "event_time,platform,marketplace,views,revenue"}
PARAMETERS = [
    {},
    BERLIN,
    BERLIN | {"TimestampFormat": "UNIX", "IntervalMinutes": "1440"},
    BERLIN | {"TimestampFormat": "ISO8601", "DimensionFilters": "platform=pc_web"},
    CSV | {"Timezone": "America/St_Johns", "MaxFutureSeconds": "0"},
]


class LongWay:
    """A reader that sees nothing at a glance."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def glance(self, payload: bytes) -> Values | None:
        return None

    def columns(self, payloads: Sequence[bytes]) -> Columns:
        return Columns([], [None] * len(payloads))

    def split(self, payload: bytes) -> list[bytes]:
        return self._reader.split(payload)

    def read(self, piece: bytes) -> Values:
        return self._reader.read(piece)


@st.composite
def payloads(draw: st.DrawFn, parameters: dict[str, str]) -> bytes:
    """One record: mostly good, now and then late, early, spoilt, filtered, or several in one."""
    config = Ingesting(**parameters).config
    ages = st.integers(-400, 400) | st.sampled_from([-HOUR, -3 * DAY, -12 * DAY, 2 * HOUR, 2 * DAY, 0.5])
    instant = CLOCK_CHANGE + draw(ages)
    moment = TimestampCodec(config.timestamp_format, config.timezone).text(instant)
    platform = draw(st.sampled_from(["pc_web", "pc_web", "app", '"', "a,b"]))
    views, revenue = draw(st.sampled_from(["0", "12", "7.50", "1e400", "", "x"])), draw(st.sampled_from(["2.5", "0"]))
    if "RecordFormat" in parameters:
        data = f"{moment},{platform},us,{views},{revenue}".encode()
    else:
        quoted = moment if config.timestamp_format == "UNIX" else f'"{moment}"'
        name = platform.replace('"', '\\"')
        data = f'{{"event_time":{quoted},"platform":"{name}","views":{views or "null"},"revenue":{revenue}}}'.encode()
    match draw(st.integers(0, 9)):
        case 0:
            return draw(st.sampled_from([b"", b"{}", b"\xff", data[:-3], data + b"\n" + data]))
        case 1:
            return kpl_aggregate([("key", data), ("key", b"bad"), ("key", data)])
        case _:
            return data


@st.composite
def batches(draw: st.DrawFn, parameters: dict[str, str]) -> list[StreamRecord]:
    """One delivery of a shard, in ascending order, over a few hours of arrivals."""
    found, arrival = [], float(CLOCK_CHANGE)
    for sequence, data in enumerate(draw(st.lists(payloads(parameters), min_size=1, max_size=12)), start=1):
        arrival += draw(st.sampled_from([0.0, 0.001, 30.0, float(HOUR)]))
        sub = draw(st.sampled_from([WHOLE, WHOLE, WHOLE, 3]))
        found.append(StreamRecord(SHARD, 10**55 + sequence, "key", arrival, data, sub))
    return found


def published(interval: Interval) -> LedgerLine:
    """Every interval is, of chunks that are gone."""
    return LedgerLine(interval, "", 1, 1, 0, 0, 0, 1, 1, 1, 0, 0, incomplete=False, buffered_until=0)


@pytest.mark.parametrize("parameters", PARAMETERS)
@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_a_delivery_is_what_its_records_are(parameters: dict[str, str], data: st.DataObject) -> None:
    config = Ingesting(**parameters).config
    codec = TimestampCodec(config.timestamp_format, config.timezone)
    records = data.draw(batches(parameters))
    now = data.draw(st.sampled_from([CLOCK_CHANGE, CLOCK_CHANGE + 9 * DAY]))

    def taken(reader: Reader, parts: Sequence[Sequence[StreamRecord]]) -> tuple[object, ...]:
        delivery = Delivery(SHARD, reader, Placing(config, codec, now, published))
        for part in parts:
            delivery.take(StreamRecords.of(part))
        return delivery.taken, delivery.newest, delivery.rejected, list(delivery.chunks(config.record_columns))

    together = taken(reader_of(config), [records])
    assert together == taken(reader_of(config), [[record] for record in records])
    assert together == taken(LongWay(reader_of(config)), [records])


def test_most_records_are_taken_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """The quick way is the way of good records, also beside bad ones and in two intervals."""
    run = Ingesting()
    taken_alone: list[StreamRecord] = []
    take_apart = Delivery._take_apart

    def counted(delivery: Delivery, record: StreamRecord) -> None:
        taken_alone.append(record)
        take_apart(delivery, record)

    monkeypatch.setattr(Delivery, "_take_apart", counted)
    data = [b'{"event_time":"2026-06-01 %02d:00:00","views":1}' % (11 + place % 2) for place in range(40)]
    run.put(*data[:20], b"bad", *data[20:], arrival=NOON)
    assert [record.data for record in taken_alone] == [b"bad"]
    assert len(run.rows) == 40
