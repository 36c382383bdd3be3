"""Texts that other tools write in a cell that has no value."""

from typing import Final

ADVICE: Final = "such a cell means no value: leave it empty (pandas: na_rep='') or write null"
_TEXTS: Final = frozenset({"nan", "na", "n/a", "#n/a", "<na>", "null", "none", "nil", "nat", "-", "--"})


def means_no_value(value: object) -> bool:
    """Is it one of these texts?"""
    return isinstance(value, str) and value.strip().lower() in _TEXTS
