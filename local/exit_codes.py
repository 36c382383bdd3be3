"""What the commands of `tidegate` return to the shell."""

from typing import Final

DONE: Final = 0
NOT_WELL: Final = 1
"""The command ran to its end, and what it looked at is not well; its output says what."""
WRONG_INPUT: Final = 2
INTERRUPTED: Final = 130
TERMINATED: Final = 143
BROKEN_PIPE: Final = 141
"""What a shell reports of a program that wrote to a reader that had gone: 128 + SIGPIPE."""

EXIT_CODES: Final = """
exit codes:
  0    done
  1    done, but check found records that cannot be used or filters that keep
       out every one, or replay found no record that can be used, or a replay
       or demo did not close and score every interval, or invoke's function
       raised an error
  2    something given is wrong (the message says what, where and what to do),
       or the disk is full
  130  stopped by Ctrl-C
  141  whoever read the output has gone, as `| head` does
  143  stopped by SIGTERM
"""
