"""The bucket of published intervals as detect reads it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tidegate.aws.errors import aws_errors
from tidegate.aws.objects import says_incomplete
from tidegate.contracts.errors import InputError
from tidegate.contracts.interval import DAY_SECONDS, Interval, IntervalGrid
from tidegate.detect.stores import PublishedInterval, PublishedObject, is_interval_object

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class S3PublishedIntervals:
    """`PublishedIntervals` under a prefix of a bucket.

    Asks for the next interval's folder first, which is where the next objects nearly always are. Only when that is
    empty it lists what comes after by name: names ascend with time, except where a clock change repeats an hour
    (`0230/` and `0230_2/` lie side by side, an hour apart); there the rest of the day is listed and the earliest taken.
    """

    def __init__(self, client: "S3Client", bucket: str, prefix: str, grid: IntervalGrid) -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = prefix.strip("/")
        self._grid = grid

    def next_after(self, interval: Interval | None) -> PublishedInterval | None:
        if interval is not None:
            successor = self._grid.after(interval)
            if keys := self._keys_of(successor):
                return PublishedInterval(successor, keys)
        later = self._earliest_after(interval)
        return PublishedInterval(later, self._keys_of(later)) if later else None

    def read(self, key: str) -> PublishedObject:
        with aws_errors():
            try:
                found = self._client.get_object(Bucket=self._bucket, Key=key)
                return PublishedObject(found["Body"].read(), says_incomplete(found["Metadata"]))
            except self._client.exceptions.NoSuchKey:
                raise InputError(key, "is gone") from None

    def _keys_of(self, interval: Interval) -> tuple[str, ...]:
        folder = self._folder(interval)
        return tuple(key for key in self._list(folder, "") if is_interval_object(key))

    def _earliest_after(self, interval: Interval | None) -> Interval | None:
        earliest: Interval | None = None
        is_repeating = interval is None or self._clock_changes_after(interval)
        for key in self._list(f"{self._prefix}/", self._listing_start(interval, is_repeating)):
            found = self._grid.from_key(key)
            if found is None or not is_interval_object(key) or (interval and found.start <= interval.start):
                continue
            if earliest and self._day(found) > self._day(earliest):
                break
            earliest = min(earliest or found, found)
            if not is_repeating:
                break
        return earliest

    def _listing_start(self, interval: Interval | None, is_repeating: bool) -> str:
        """The name after which everything later is found ("0" comes right behind "/")."""
        if interval is None:
            return ""
        folder = self._folder(interval)
        return folder.partition("/intvl_hhmm=")[0] if is_repeating else folder.removesuffix("/") + "0"

    def _clock_changes_after(self, interval: Interval) -> bool:
        """May an hour be repeated on this day or the next?"""
        start, end = (
            self._grid.local_start(Interval(at, at)) for at in (interval.start, interval.start + 2 * DAY_SECONDS)
        )
        return start.utcoffset() != end.utcoffset()

    def _day(self, interval: Interval) -> str:
        return self._grid.folder(interval).partition("/")[0]

    def _folder(self, interval: Interval) -> str:
        return f"{self._prefix}/{self._grid.folder(interval)}".lstrip("/")

    def _list(self, prefix: str, after: str) -> Iterator[str]:
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=prefix.lstrip("/"), StartAfter=after
        )
        with aws_errors():
            for page in pages:
                for item in page.get("Contents", ()):
                    yield item["Key"]
