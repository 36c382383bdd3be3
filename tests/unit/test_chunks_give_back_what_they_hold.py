"""A chunk encodes to few bytes, always the same, and decodes to itself; anything else is refused as corrupt."""

import csv
import io
import json
import zlib
from base64 import b64decode
from contextlib import suppress
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.ingesting import NOON, SHARD
from tidegate.contracts.chunk import FORMAT, Chunk, decode_chunk, split_rows
from tidegate.contracts.errors import CorruptChunk
from tidegate.contracts.identities import PackedIdentities, pack_identities
from tidegate.contracts.identity import Identity
from tidegate.contracts.packing import Column, Packed, check_cells, pack_column, unpack_cells
from tidegate.contracts.rows import CellRows, cells_of

cells = (
    st.text(st.sampled_from('aZ019.:-,"\n\r\t\0 \x85\u2028é\U0001f600'), max_size=12)
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.none()
)
identities = st.lists(
    st.builds(Identity, st.integers(0, 2**186) | st.integers(0, 300), st.integers(0, 3) | st.integers(0, 99_999)),
    max_size=12,
    unique=True,
).map(lambda ids: tuple(sorted(ids)))


@st.composite
def chunks(draw: st.DrawFn) -> Chunk:
    names = draw(st.lists(st.sampled_from("abcdé"), min_size=2, max_size=4, unique=True))
    ids = draw(identities)
    text = io.StringIO()
    row = st.tuples(*[cells] * len(names))
    csv.writer(text, lineterminator="\n").writerows(draw(st.lists(row, min_size=len(ids), max_size=len(ids))))
    return Chunk(NOON, SHARD, tuple(names), ids, text.getvalue(), draw(identities), draw(st.integers(0, 10**6)))


@settings(max_examples=100, deadline=None)
@given(chunks())
def test_a_chunk_decodes_to_itself(chunk: Chunk) -> None:
    payload = chunk.encode()
    assert decode_chunk(NOON, SHARD, payload) == chunk
    assert decode_chunk(NOON, SHARD, payload).encode() == payload
    assert "".join(split_rows(chunk.rows, len(chunk.identities))) == chunk.rows
    assert chunk.received == len(chunk.identities) + len(chunk.rejected) + chunk.filtered


@settings(max_examples=50, deadline=None)
@given(chunks(), st.data())
def test_a_chunk_with_a_byte_changed_or_cut_off_is_corrupt(chunk: Chunk, data: st.DataObject) -> None:
    payload = bytearray(chunk.encode())
    place = data.draw(st.integers(0, len(payload) - 1))
    if data.draw(st.booleans()):
        del payload[place:]
    else:
        payload[place] ^= data.draw(st.integers(1, 255))
    with suppress(CorruptChunk):
        assert decode_chunk(NOON, SHARD, bytes(payload)) == chunk  # a bit that deflate does not look at


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=30), st.binary(max_size=60))
def test_any_content_is_read_or_refused(header: bytes, body: bytes) -> None:
    payload = b"\x01" + zlib.compress(header + b"\n" + body)
    with pytest.raises(CorruptChunk):
        decode_chunk(NOON, SHARD, payload)


@pytest.mark.parametrize(
    "header",
    [
        "[]",
        "{}",
        '{"columns":[],"filtered":0,"sizes":[],"widths":[]}',
        '{"columns":[],"filtered":0,"sizes":[12,12],"widths":[]}',
        '{"columns":[],"filtered":0,"sizes":["12"],"widths":[]}',
        '{"columns":["a"],"filtered":0,"sizes":[12,12,3,3],"widths":[1]}',
        '{"columns":["a"],"filtered":0,"sizes":[12,12,3,3],"widths":[3,1]}',
        '{"columns":["a"],"filtered":0,"sizes":[12,12,3,4],"widths":[1,1]}',
        '{"columns":["a","b"],"filtered":0,"sizes":[12,12,3,3],"widths":[-1,-1]}',
        '{"columns":["a","b"],"filtered":0,"sizes":[12,12,3,3],"widths":[-3,-3]}',
        "[" * 100_000,
    ],
)
def test_headers_that_do_not_fit_are_refused(header: str) -> None:
    with pytest.raises(CorruptChunk):
        decode_chunk(NOON, SHARD, b"\x01" + zlib.compress(header.encode() + b"\n" + bytes(24) + b"abcdef"))


OLD = (
    "AXicBMFBCoAgEAXQfcf4679owoGaq4irNBKsII2g6O6992I+yrXtFebRQEQQGwKx5NLSmSJMiZqfVGFeROkcRQeOdH0g7hzbWmFeJgo1fN0vBgYGDgYG"
    "Bk4GBgZGBhjISF+6Iv0j86b/v6IKfy94vq0BIswqIK1qYO2W7Sz16dTCyuNhT4qZJsrHSV2b7M99Qrfjke2Mz37Jmu+3VjuyCxgEFEzYcIEBFTBCIEAo"
    "VuG3khkgIygwgAIY3wwKdKEAJo9L3BAKFKAAxoeZZwUFBmgAm7ihoaEhQIlJEAgQ1PWGDAYMRgxmDEYGeoZ6JnqWenpGEGhgCoGAAQCmiGb3"
)
OLD_QUOTED = (
    "AXicqlZKzs8pzc0rVrKKVipR0lFKUYrVUUrLzClJLUpNUbIy0FEqzqxKLVayijYx0TE00rGI1VEqz0wpyShWsoo2iK3lAoiBgYGRgTjACBAyByBDHaVE"
    "nSQlLsAAuL4Vmw=="
)
OLD_2 = (
    "AnheBMFBCoAgEAXQfcf46y80MBLMVcRVGglWkEZQdPfeezEf9dr2BgvoIBKIDZFYSu35zAnmiVae3GBBxFOVOlGEOkbiLqmvDRac0Al9/IZfDAwMHAwM"
    "DJwMDAyMDDCQkb50RfpH5k3/f0UV/l7wfFsDRBggVgFpVQNrt2xnqU+nFlYeD3tSzDRRPk7q2mR/7hO6HY9sZ3z2S9Z8v7XakV3AIKBgwoYLcAMhgBEC"
    "AWJAtgoGsFvJDJCRgZGZroGZroGhgqGRlYGBlYEBF6aYIQMDAwMjIyMjQIlcSTBbAIKaa2hgYGhkYmZppAcFBkYQyGAKgYABALPwTxk="
)
OLD_2_QUOTED = (
    "AnheqlZKzs8pzc0rVrKKVipR0lFKUYrVUUrLzClJLUpNUbIy0FEqzqxKLVayijYx0TE00rGI1VEqz0wpyShWsoo2iK3lAoiBgYGRgTjACBAyByBDHaVE"
    "nSQlLsAAuL4Vmw=="
)
"""Chunks as versions 1 and 2 packed them, in base64."""


@pytest.mark.parametrize(("old", "old_quoted"), [(OLD, OLD_QUOTED), (OLD_2, OLD_2_QUOTED)])
def test_chunks_of_old_versions_are_read(old: str, old_quoted: str) -> None:
    rows = "".join(f"2026-06-01 12:00:0{n // 4},{'ab'[n % 2]},{n * n / 4}\n" for n in range(8))
    ids = tuple(Identity(10**55 + n * n * 10**20, n % 2) for n in range(8))
    chunk = Chunk(NOON, SHARD, ("t", "d", "m"), ids, rows, (Identity(10**55 + 3, 0),), 5)
    assert decode_chunk(NOON, SHARD, b64decode(old)) == chunk
    quoted = Chunk(NOON, SHARD, ("t", "d"), (Identity(1, 0),), '1,"a,b"\n')
    assert decode_chunk(NOON, SHARD, b64decode(old_quoted)) == quoted


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\x00",
        b"\x02" + zlib.compress(b"{}\n"),
        b"\x03" + b64decode(OLD)[1:],
        b"\x04" + b64decode(OLD)[1:],
        b"\x01",
        b64decode(OLD)[:-1],
        b64decode(OLD) + b"\0",
    ],
)
def test_other_formats_are_refused(payload: bytes) -> None:
    with pytest.raises(CorruptChunk):
        decode_chunk(NOON, SHARD, payload)


def joined(packed: Packed) -> bytes:
    return packed.text + b"".join(packed.planes)


@settings(max_examples=50, deadline=None)
@given(identities)
def test_identities_are_exact(ids: tuple[Identity, ...]) -> None:
    packed = PackedIdentities(joined(pack_identities(ids)))
    assert packed == ids
    assert (len(packed), packed[:1], packed[-1:]) == (len(ids), ids[:1], ids[-1:])
    if ids:
        assert (packed[0], packed[-1]) == (ids[0], ids[-1])


@given(st.binary(max_size=80))
def test_bytes_that_are_no_identities_are_refused(packed: bytes) -> None:
    with suppress(ValueError):
        assert len([*PackedIdentities(packed)]) < 80


texts = st.text(st.sampled_from("0123456789.-aé "), max_size=50)


@given(st.lists(texts, min_size=1, max_size=20) | st.lists(st.sampled_from(["", "a", "é", "7.5"]), min_size=1))
@example([str(number % 300) for number in range(1500)])
@example([str(number // 8) for number in range(400)])
@example([str(max(0, number // 8 - number % 3)) for number in range(400)])
@example([str(number // 8) for number in range(8 * 255)] + ["0"])
@example([str(number // 8) for number in range(8 * 256)] + ["0"])
@example([str(number // 8) for number in range(8 * 257)] + ["0"])
def test_cells_of_a_column_are_exact(column: list[str]) -> None:
    assert unpacked(column) == column


whole = st.integers() | st.integers(-300, 300)
decimal = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**5), 10**5).map(lambda cents: cents / 100)


@given(st.lists(whole, min_size=1) | st.lists(decimal, min_size=1) | st.lists(decimal.map(float.__round__)))
@example([0.0, -0.0, 1.5])
@example([0.1, 0.25, 1e-7, 1e16])
@example([number / 1000 for number in range(-70_000, 70_000, 37)])
@example([10**12 - 1, -(10**12) + 1, 0])
@example([10**12, 0, 1])
@example([2.5] * 20)
def test_numbers_of_a_column_are_exact(column: Column) -> None:
    """To the last digit and sign that they are printed with."""
    if column:
        assert unpacked(column) == list(map(str, column))


def unpacked(column: Column) -> list[str]:
    packed = pack_column(column)
    check_cells(joined(packed), packed.width, len(column))
    return unpack_cells(joined(packed), packed.width, len(column))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60), st.integers(-30, 8), st.integers(1, 5))
@example(b"\xff" * 16, -8, 1)
@example(b"\x7f" * 15, -8, 1)
@example(b"\0" * 7, -8, 1)
def test_columns_that_pass_the_check_are_read(packed: bytes, width: int, count: int) -> None:
    with suppress(ValueError):
        check_cells(packed, width, count)
        assert len(unpack_cells(packed, width, count)) == count


def test_numbers_are_kept_as_they_came_and_in_few_bytes() -> None:
    random = Random(1)
    views = [round(random.gauss(300, 90)) for _ in range(500)]
    revenue = [round(count * random.gauss(1, 0.15), 2) for count in views]
    ids = tuple(Identity(number, 0) for number in range(500))
    chunk = Chunk(NOON, SHARD, ("views", "revenue"), ids, CellRows([views, revenue]))
    assert decode_chunk(NOON, SHARD, chunk.encode()) == chunk
    assert chunk.rows == "".join(f"{count},{amount}\n" for count, amount in zip(views, revenue, strict=True))
    assert len(chunk.encode()) < 500 * 3.6


def test_keys_sort_by_shard_and_first_identity() -> None:
    ids = [Identity(9, 0), Identity(10, 0), Identity(10, 2), Identity(10**55, 0)]
    keys = [Chunk(NOON, SHARD, ("a", "b"), (one,), "1,2\n", (Identity(2**186, 0),)).key for one in ids]
    assert keys == sorted(keys)
    assert len(set(keys)) == 4
    assert Chunk(NOON, SHARD, ("a", "b"), (), "", (ids[0],)).key.startswith(f"{SHARD}#")


def test_rows_and_identities_that_do_not_match_are_corrupt() -> None:
    assert split_rows('1,"a\nb"\n2,c\n', 2) == ['1,"a\nb"\n', "2,c\n"]
    with pytest.raises(CorruptChunk, match="2 rows for 3 identities"):
        split_rows('1,"a\nb"\n2,c\n', 3)


def columns_of(*widths: int) -> bytes:
    """A chunk of one record with two columns of the same bytes, laid out as the widths say."""
    header = {"columns": ["t", "d"], "filtered": 0, "sizes": [44, 12, 2, 3], "planes": [0, 0, 1, 0], "widths": widths}
    body = (1).to_bytes(4) + bytes(8) + (7).to_bytes(32) + bytes(12) + b"a\0" + b"a\0\1"
    return FORMAT + zlib.compress(json.dumps(header).encode() + b"\n" + body) + zlib.compress(b"\1")


@pytest.mark.parametrize(
    "widths",
    [(-1, -1), (-2, -2), (-3, -3), (-4, -4), (-8, -8), (-16, -99), (2, 2), (3, 3, 3), ("3", "3"), (1 << 70, 3)],
)
def test_columns_that_do_not_fit_are_refused(widths: tuple[int, ...]) -> None:
    assert cells_of(decode_chunk(NOON, SHARD, columns_of(0, 3)).table, 2) == [["a\0\1"], ["a\1"]]
    with pytest.raises(CorruptChunk):
        decode_chunk(NOON, SHARD, columns_of(*widths))


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ("1,a\n", "a column does not hold a cell for each identity"),
        ('1,"a\nb"\n', "1 rows for 2 identities"),
        ("1,a\n2\n", "a row has other than 2 cells"),
        ('1,"a"\n2,"b",c\n', "a row has other than 2 cells"),
    ],
)
def test_a_chunk_that_does_not_agree_with_itself_is_corrupt(rows: str, problem: str) -> None:
    made = Chunk(NOON, SHARD, ("t", "d"), (Identity(1, 0), Identity(2, 0)), rows)
    with pytest.raises(CorruptChunk, match=problem):
        decode_chunk(NOON, SHARD, made.encode())


def test_columns_of_like_values_pack_below_what_their_rows_do() -> None:
    random = Random(1)
    lines = [f"2026-06-01 12:00:{n // 9:02d},{random.choice('abc')},{random.gauss(300, 80):.2f}\n" for n in range(500)]
    sequences = [10**55 + n * 10**20 + random.randrange(10**20) for n in range(500)]
    chunk = Chunk(NOON, SHARD, ("t", "d", "m"), tuple(Identity(n, 0) for n in sequences), "".join(lines))
    bare = len(zlib.compress("".join(lines).encode(), 9))
    assert len(chunk.encode()) - len(zlib.compress(joined(pack_identities(chunk.identities)))) < 0.75 * bare
