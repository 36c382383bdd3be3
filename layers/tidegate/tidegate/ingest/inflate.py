"""gzip, taken off within limits."""

import zlib
from typing import Final

from tidegate.contracts.errors import BadRecord, Reason

MAX_MEMBERS: Final = 1000
"""Each member copies what is left behind it: without a limit a record of empty members would take minutes."""

_GZIP_WINDOW: Final = 31


def gunzip(data: bytes, limit: int) -> bytes:
    """The content of one or several gzip members, at most `limit` bytes.

    Raises BadRecord: too_large beyond the limit (no more than that is ever unpacked), else broken_gzip.
    """
    content, size = [], 0
    for _ in range(MAX_MEMBERS):
        member = zlib.decompressobj(wbits=_GZIP_WINDOW)
        try:
            content.append(member.decompress(data, limit - size + 1))
        except zlib.error:
            raise BadRecord(Reason.BROKEN_GZIP, "does not decompress") from None
        size += len(content[-1])
        if size > limit:
            raise BadRecord(Reason.TOO_LARGE, f"decompresses to more than the {limit} bytes that are left to it")
        if not member.eof:
            raise BadRecord(Reason.BROKEN_GZIP, "is cut short")
        data = member.unused_data.lstrip(b"\0")  # members may be followed by padding
        if not data:
            return b"".join(content)
    raise BadRecord(Reason.TOO_LARGE, f"has more than {MAX_MEMBERS} gzip members")
