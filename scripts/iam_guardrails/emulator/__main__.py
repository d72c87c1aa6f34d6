"""`python -m iam_guardrails.emulator --port 0 --ready-file FILE`: one embedded AWS, in the foreground."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def main(arguments: list[str]) -> int:
    """Serve until SIGTERM or Ctrl-C. Exit code 0 then, 2 when it could not start."""
    parser = argparse.ArgumentParser(prog="python -m iam_guardrails.emulator", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--ready-file", type=Path, required=True, help="written once the server answers")
    options = parser.parse_args(arguments)
    try:
        from iam_guardrails.emulator.server import ServerError, serve
    except ImportError as error:
        print(f"The embedded AWS needs moto and its server parts: {error}", file=sys.stderr)
        return 2
    try:
        serve(options.port, options.ready_file)
    except ServerError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
