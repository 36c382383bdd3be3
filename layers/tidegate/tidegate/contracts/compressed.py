"""What may come as gzip: records, interval objects, files. It is known by its bytes, never by a name."""

from typing import Final

_GZIP_MAGIC: Final = b"\x1f\x8b"
"""Not UTF-8, so no JSON or CSV begins with it."""


def is_gzip(start: bytes) -> bool:
    """Is this gzip? start: the first two bytes, or more."""
    return start.startswith(_GZIP_MAGIC)
