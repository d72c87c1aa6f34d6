"""Where the program `guardrails` begins: what may run beside Python begins before the command line is loaded."""

from __future__ import annotations

import sys

from iam_guardrails.adapters import trail_walk


def main() -> int:
    """Run the command that the process was given. Returns the exit code."""
    trail_walk.begin(sys.argv[1:])
    from iam_guardrails.cli import main as run

    return run()
