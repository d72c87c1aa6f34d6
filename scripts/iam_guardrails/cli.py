"""The command line: parse, hand over to commands.py, turn what goes wrong into one sentence and exit code 2.

Only argparse, os and sys are imported here, so that `--help` and `--version` answer at once.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

FORMATS = ("text", "json", "markdown", "sarif", "junit")
EPILOG = "Exit codes: 0 clean, 1 findings, 2 could not judge. Results go to stdout, progress to stderr."


def parser() -> argparse.ArgumentParser:
    """The whole grammar of `guardrails`."""
    top = argparse.ArgumentParser(
        prog="guardrails",
        description="Guardrails for emergency access to AWS accounts.",
        epilog=EPILOG,
        formatter_class=_formatter,
    )
    top.add_argument("--version", action="store_true", help="print the version and end")
    top.add_argument("--root", metavar="FOLDER", help="the project (default: the nearest folder with envs/ above)")
    commands = top.add_subparsers(dest="command", metavar="COMMAND")
    _environment(commands, "bootstrap", "create the bucket that holds an environment's Terraform state")
    _environment(commands, "plan", "plan an environment and save the plan file")
    validate = _environment(commands, "validate", "judge a plan: of an environment, or any plan file", optional=True)
    validate.add_argument("--plan", metavar="FILE", help="any plan, as `terraform show -json` prints it")
    validate.add_argument("--config", metavar="FILE", help="what is expected (guardrails.toml); needed with --plan")
    checkov = validate.add_mutually_exclusive_group()
    checkov.add_argument(
        "--checkov",
        dest="checkov",
        action="store_true",
        default=None,
        help="run checkov too (default for an environment)",
    )
    checkov.add_argument(
        "--no-checkov",
        dest="checkov",
        action="store_false",
        help="our own rules and Terraform's checks only (default with --plan)",
    )
    _report(validate)
    _environment(commands, "apply", "apply exactly the plan that was judged")
    _report(_environment(commands, "verify", "judge the live account"))
    _report(_environment(commands, "drift", "name what changed, is missing or was added by hand"))
    unlock = _environment(commands, "unlock", "release a state lock that a killed run left behind")
    unlock.add_argument("lock_id", metavar="LOCK-ID", help="as the refused command printed it")
    _environment(commands, "owner-policy", "print the identity policy the people who may enter need")
    sandbox = commands.add_parser(
        "sandbox", help="the embedded AWS", description="The embedded AWS.", formatter_class=_formatter
    )
    sandbox.add_argument("action", choices=("up", "down", "status", "env"))
    sandbox.add_argument("env", nargs="?", metavar="ENV", help="with env: the environment to print variables for")
    demo = commands.add_parser(
        "demo",
        help="everything for prod against the embedded AWS",
        description="All of it.",
        formatter_class=_formatter,
    )
    demo.add_argument("--keep", action="store_true", help="leave the embedded AWS running for a look")
    rules = commands.add_parser(
        "rules", help="the table of rules", description="The table of rules.", formatter_class=_formatter
    )
    rules.add_argument("--format", choices=("text", "markdown", "json"), default="text")
    commands.add_parser("fmt-check", help="check the formatting of the Terraform files", formatter_class=_formatter)
    return top


def _formatter(*, prog: str) -> argparse.HelpFormatter:
    """Argparse's own formatter, told the width: to find it out itself, it imports shutil and with it zlib and lzma."""
    return argparse.HelpFormatter(prog, width=_width() - 2)


def _width() -> int:
    try:
        return int(os.environ["COLUMNS"])
    except (KeyError, ValueError):
        pass
    try:
        return os.get_terminal_size().columns or 80
    except OSError:
        return 80


def _environment(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    text: str,
    optional: bool = False,
) -> argparse.ArgumentParser:
    made = commands.add_parser(
        name, help=text, description=text[0].upper() + text[1:] + ".", epilog=EPILOG, formatter_class=_formatter
    )
    made.add_argument("env", metavar="ENV", nargs="?" if optional else None, help="dev, staging or prod")
    made.add_argument(
        "--sandbox", action="store_true", help="use the embedded AWS that `guardrails sandbox up` started"
    )
    return made


def _report(made: argparse.ArgumentParser) -> None:
    made.add_argument("--format", choices=FORMATS, default="text", help="how the result is written (default: text)")
    made.add_argument("--output", metavar="FILE", help="write the result there instead of to stdout")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code. Never raises for bad input, a missing tool or a refused call."""
    top = parser()
    given = top.parse_args(arguments)
    if given.version:
        from iam_guardrails.version import VERSION

        print(f"guardrails {VERSION}")
        return 0
    if not given.command:
        top.print_help()
        return 0
    from iam_guardrails import commands
    from iam_guardrails.model.problem import Problem

    try:
        return commands.run(given)
    except Problem as problem:
        print(f"guardrails: {problem}", file=sys.stderr)
    except KeyboardInterrupt:
        print(
            "guardrails: interrupted; what was recorded is whole, and the command can be run again",
            file=sys.stderr,
        )
    except BrokenPipeError:
        sys.stderr.close()
    return 2


if __name__ == "__main__":
    sys.exit(main())
