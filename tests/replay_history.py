"""`python -m tests.replay_history < HISTORY`: a history of delivery as a failed test printed it, once more.

Says "holds", or shows what does not.
"""

import sys

from tests import delivery_histories
from tests.delivery_histories import History
from tests.unit.test_any_delivery_gives_the_same_objects import check


def read_history(text: str) -> History:
    """The history that a text makes; the text is trusted, as all of a test's own output."""
    found = eval(text, vars(delivery_histories))
    assert isinstance(found, History)
    return found


if __name__ == "__main__":
    check(read_history(sys.stdin.read()))
    sys.stdout.write("holds\n")
