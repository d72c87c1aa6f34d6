"""Where the program `guardrails` begins: what may run beside Python begins before the command line is loaded."""

from __future__ import annotations

import gc
import os
import sys

NO_STDOUT = "stdout is closed, so no result can be written; open it, or send it to a file or to /dev/null"


def main() -> int:
    """Run the command that the process was given. Returns the exit code."""
    if not can_tell():
        return 2
    try:
        from iam_guardrails.adapters import trail_walk

        if trail_walk.begin(sys.argv[1:]):
            gc.disable()  # sooner than commands.run does for such a question
        from iam_guardrails import quick_argparse

        quick_argparse.load()
        from iam_guardrails.cli import main as run

        return run()
    except KeyboardInterrupt:  # while the above was loaded, or once more while the command told of the first one
        print("guardrails: interrupted; run the command again", file=sys.stderr)
        return 2


def can_tell() -> bool:
    """Whether there is a stdout for results; where there is none, that is said, unless stderr is closed, too.

    Python has None for a stream that was closed when it started. `print` to no stderr writes to stdout, between the
    results, so what goes to a closed stderr goes nowhere from now on.
    """
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: PTH123, SIM115 - for as long as the process runs
    if sys.stdout is None:
        print(f"guardrails: {NO_STDOUT}", file=sys.stderr)
        return False
    return True
