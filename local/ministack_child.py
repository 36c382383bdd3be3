"""MiniStack as a child process: runs until its standard input ends, which it does when the parent is gone."""

import os
import sys
import threading

from ministack.app import main


def _die_with_parent() -> None:
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    threading.Thread(target=_die_with_parent, daemon=True).start()
    main()
