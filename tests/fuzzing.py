"""Inputs that are nearly right: valid ones with a few bytes or values changed. EXAMPLES says how many a test tries."""

import copy
import os
from typing import Any, Final

from hypothesis import strategies as st

EXAMPLES: Final = int(os.environ.get("EXAMPLES", "150"))

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
awkward = st.sampled_from(["", "\x00", "\ud800", "9" * 400, "NaN", "1e999", 2**63, -(2**63) - 1, 10**30, [], {}])
trees = scalars | awkward | st.lists(scalars, max_size=3) | st.dictionaries(st.text(max_size=4), scalars, max_size=3)


@st.composite
def spoilt(draw: st.DrawFn, data: bytes) -> bytes:
    """Bytes of which up to four pieces are replaced, left out or doubled, and the end perhaps cut off."""
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        size = draw(st.integers(0, 8))
        piece = draw(st.binary(max_size=8) | st.just(data[at : at + size] * 2) | st.just(b""))
        data = data[:at] + piece + data[at + size :]
    return data[: draw(st.integers(0, len(data)))] if draw(st.integers(0, 3)) == 0 else data


@st.composite
def spoilt_document(draw: st.DrawFn, document: Any) -> Any:
    """A JSON document of which up to three values are replaced or left out."""
    changed = copy.deepcopy(document)
    for _ in range(draw(st.integers(1, 3))):
        places = list(_places(changed))
        if places:
            node, key = draw(st.sampled_from(places))
            if draw(st.booleans()):
                node[key] = draw(trees)
            else:
                del node[key]
    return changed


def _places(node: Any) -> list[tuple[Any, Any]]:
    """Every value of a document, as its container and its key in it."""
    keys = list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else []
    found = [(node, key) for key in keys]
    return found + [place for key in keys for place in _places(node[key])]
