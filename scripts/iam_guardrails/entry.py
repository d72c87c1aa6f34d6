"""Where the program `guardrails` begins: what may run beside Python begins before the command line is loaded."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command that the process was given. Returns the exit code."""
    try:
        from iam_guardrails.adapters import trail_walk

        trail_walk.begin(sys.argv[1:])
        from iam_guardrails.cli import main as run

        return run()
    except KeyboardInterrupt:  # while the above was loaded, or once more while the command told of the first one
        print("guardrails: interrupted; run the command again", file=sys.stderr)
        return 2
