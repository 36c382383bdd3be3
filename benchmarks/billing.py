"""DynamoDB's units, as AWS bills them.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
"""

from collections.abc import Mapping
from typing import Any

type Item = Mapping[str, Mapping[str, Any]]


def item_bytes(item: Item) -> int:
    """Size of an item of texts, numbers, bytes and truth values: its names and its values."""
    size = 0
    for name, value in item.items():
        ((kind, content),) = value.items()
        size += len(name.encode()) + _value_bytes(kind, content)
    return size


def write_units(size: int) -> int:
    """Units to write an item of so many bytes: one for each kilobyte begun."""
    return -(-size // 1024)


def read_units(size: int) -> int:
    """Units of a strongly consistent read of so many bytes: one for each 4 kilobytes begun, and at least one."""
    return max(1, -(-size // 4096))


def _value_bytes(kind: str, content: Any) -> int:
    if kind == "N":  # two digits a byte, and one byte
        return (len(content) + 1) // 2 + 1
    if kind in ("BOOL", "NULL"):
        return 1
    return len(content.encode() if isinstance(content, str) else content)
