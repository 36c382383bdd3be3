"""Names of columns."""

import re
from collections.abc import Sequence
from typing import Final

from tidegate.contracts.errors import ConfigurationError

COLUMN_NAME: Final = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_-]{0,62}")
"""Lookout's rule for column names."""


def check_columns(*groups: tuple[str, Sequence[str]]) -> None:
    """Raise ConfigurationError for a name that is none, or that two parameters use. groups: parameter, its columns."""
    taken: dict[str, str] = {}
    for parameter, columns in groups:
        for column in columns:
            if not COLUMN_NAME.fullmatch(column):
                rule = (
                    "a column name has letters, digits, - and _, begins with a letter or digit, at most 63 characters"
                )
                raise ConfigurationError(parameter, column, rule)
            if column in taken:
                raise ConfigurationError(parameter, column, f"is already used in {taken[column]}")
            taken[column] = parameter
