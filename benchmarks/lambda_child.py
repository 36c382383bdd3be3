"""One invocation of a built function in a process of its own, as Lambda's runtime makes it: import, then the event.

Run with the function's folder, its layers and the runtime's packages on PYTHONPATH, and nothing else. Prints, as its
last line, CPU seconds of the import and of the invocation, and the most memory that the process ever had, in MB.
"""

import importlib
import json
import sys
import time
from pathlib import Path
from types import SimpleNamespace

LEFT_MILLISECONDS = 900_000


def peak_mb() -> float:
    """VmHWM: ru_maxrss would be that of the parent, when that was larger."""
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


def main() -> None:
    event, arn = Path(sys.argv[1]), sys.argv[2]
    begun = time.process_time()
    handler = importlib.import_module("app").handler
    imported = time.process_time()
    context = SimpleNamespace(
        function_name=arn.rpartition(":")[2],
        invoked_function_arn=arn,
        memory_limit_in_mb=0,
        aws_request_id="size",
        get_remaining_time_in_millis=lambda: LEFT_MILLISECONDS,
    )
    answer = handler(json.loads(event.read_bytes()), context)
    done = time.process_time()
    print(
        json.dumps(
            {
                "answer": answer,
                "import_seconds": imported - begun,
                "seconds": done - imported,
                "peak_mb": peak_mb(),
            }
        )
    )


if __name__ == "__main__":
    main()
