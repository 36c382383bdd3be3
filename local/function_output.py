"""What the functions print: log lines and metrics, caught here and shown where asked for.

Loggers keep the stream that was there when they were made, so it is one object for the process's life.
"""

import io
import json
import sys
from collections import Counter, deque
from typing import Any, Final

_KEPT_LINES: Final = 1_000


class FunctionOutput(io.TextIOBase):
    """A text stream that keeps the last lines and adds up the metrics (CloudWatch's embedded metric format).

    verbose: also show every line on stderr.
    """

    def __init__(self) -> None:
        self.verbose = False
        self.lines: Final[deque[str]] = deque(maxlen=_KEPT_LINES)
        self.metrics: Final[Counter[str]] = Counter()
        self._partial = ""

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        *lines, self._partial = (self._partial + text).split("\n")
        for line in lines:
            self._take(line)
        return len(text)

    def clear(self) -> None:
        """Forget all lines and metrics."""
        self.lines.clear()
        self.metrics.clear()
        self._partial = ""

    def _take(self, line: str) -> None:
        self.lines.append(line)
        if self.verbose:
            print(line, file=sys.stderr)
        if '"_aws"' in line:
            self._add_metrics(json.loads(line))

    def _add_metrics(self, document: dict[str, Any]) -> None:
        for directive in document["_aws"]["CloudWatchMetrics"]:
            for metric in directive["Metrics"]:
                value = document[metric["Name"]]
                self.metrics[metric["Name"]] += sum(value) if isinstance(value, list) else value


OUTPUT: Final = FunctionOutput()
"""The functions' standard output."""
