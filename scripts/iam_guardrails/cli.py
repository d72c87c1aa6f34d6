"""The command line: parse, hand over to commands.py, turn what goes wrong into one sentence and exit code 2.

Only argparse, os and sys are imported here, so that `--help` and `--version` answer at once.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence

TYPE_CHECKING = False  # as typing.TYPE_CHECKING, which would cost more than the rest of this module
if TYPE_CHECKING:
    from typing import Any

# Where gettext is there all the same (quick_argparse) it would look up each text, for which it loads locale.
vars(argparse)["_"] = str

FORMATS = ("text", "json", "markdown", "sarif", "junit")
INTERRUPTED = "interrupted; what was recorded is whole; run the journey again (an apply begins with validate)"
READING = "interrupted; run the command again (of files, what was read is kept; records of AWS are asked for anew)"
EPILOG = "Exit codes: 0 clean, 1 findings, 2 could not judge. Results go to stdout, progress to stderr."


def parser(chosen: str = "") -> argparse.ArgumentParser:
    """The grammar of `guardrails`; the arguments of a command are declared when that command is chosen.

    chosen: the command, where it is known already: the others need no parser then. Usage and errors are the same.
    """
    top = argparse.ArgumentParser(
        prog="guardrails",
        description="Guardrails for emergency access to AWS accounts.",
        epilog=EPILOG,
        formatter_class=_formatter,
    )
    top.add_argument("--version", action="store_true", help="print the version and end")
    top.add_argument("--root", metavar="FOLDER", help="the project (default: the nearest folder with envs/ above)")
    # named here, because argparse would format the usage of everything above to find the same word
    commands = top.add_subparsers(dest="command", metavar="COMMAND", prog="guardrails", parser_class=_Command)
    for name in (chosen,) if chosen in COMMANDS else COMMANDS:
        text, declare = COMMANDS[name]
        commands.add_parser(name, help=text, declare=declare)
    return top


class _Command(argparse.ArgumentParser):
    """The parser of one command, empty until it is used: a start declares the arguments of one command, not of all."""

    def __init__(self, prog: str, declare: Callable[[argparse.ArgumentParser], None]) -> None:
        super().__init__(prog, epilog=EPILOG, formatter_class=_formatter, add_help=False)
        self._declare = declare
        self.action = ""  # which of its actions is chosen, where it has some

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As argparse does it, after declaring the arguments."""
        text = COMMANDS[self.prog.split()[-1]][0]
        self.description = f"{text[0].upper()}{text[1:]}."
        self.add_argument("-h", "--help", action="help", help="show this help message and exit")
        self.action = args[0] if args else ""
        self._declare(self)
        if args is not None and self.prog.endswith(" review"):
            from iam_guardrails.review_command import words

            args = words(args)
        return super().parse_known_args(args, namespace)


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


def _environment(made: argparse.ArgumentParser, optional: bool = False) -> None:
    made.add_argument("env", metavar="ENV", nargs="?" if optional else None, help="dev, staging or prod")
    made.add_argument(
        "--sandbox", action="store_true", help="use the embedded AWS that `guardrails sandbox up` started"
    )


def _report(made: argparse.ArgumentParser) -> None:
    made.add_argument("--format", choices=FORMATS, default="text", help="how the result is written (default: text)")
    made.add_argument("--output", metavar="FILE", help="write the result there instead of to stdout")


def _judged(made: argparse.ArgumentParser) -> None:
    _environment(made)
    _report(made)


def _validate(made: argparse.ArgumentParser) -> None:
    _environment(made, optional=True)
    made.add_argument("--plan", metavar="FILE", help="any plan, as `terraform show -json` prints it")
    made.add_argument("--config", metavar="FILE", help="what is expected (guardrails.toml); needed with --plan")
    checkov = made.add_mutually_exclusive_group()
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
    _report(made)


def _chain(made: argparse.ArgumentParser) -> None:
    _environment(made, optional=True)
    made.add_argument("--plan", metavar="FILE", help="any plan, as `terraform show -json` prints it")
    made.add_argument("--config", metavar="FILE", help="what is expected (guardrails.toml); needed with --plan")
    made.add_argument("--live", action="store_true", help="follow the chain in the live account instead of a plan")
    made.add_argument("--format", choices=("text", "json", "markdown", "svg", "html"), default="text",
                      help="how it is shown: svg is a picture, markdown and html hold one (default: text)")  # fmt: skip
    made.add_argument("--output", metavar="FILE", help="write it there instead of to stdout")


def _drill(made: argparse.ArgumentParser) -> None:
    _environment(made, optional=True)
    made.add_argument("--plan", metavar="FILE", help="offline: any plan, as `terraform show -json` prints it")
    made.add_argument("--config", metavar="FILE", help="what is expected (guardrails.toml); needed with --plan")
    kind = made.add_mutually_exclusive_group()
    kind.add_argument("--account", action="store_true", help="offline: the live account's patterns, not a plan's")
    kind.add_argument("--live", action="store_true", help="assume the role for real and measure what arrives")
    kind.add_argument("--status", action="store_true", help="the drills there are, and when the next is due")
    made.add_argument("--role", metavar="NAME", default="", help="live: which role, where there are several")
    made.add_argument("--wait", metavar="SECONDS", type=_wait, default=900,
                      help="live: how long to wait for alarm and messages (default: 900)")  # fmt: skip
    made.add_argument("--mfa-serial", metavar="ARN", help="live: the owner's MFA device; its code is asked for")
    made.add_argument("--mfa-command", metavar="COMMAND", help="live: a command that prints the MFA code")
    made.add_argument("--owner-profile", metavar="PROFILE",
                      help="live: the owner's AWS profile (default: the credentials in use)")  # fmt: skip
    made.add_argument("--format", choices=("text", "json"), default="text", help="how it is shown (default: text)")
    made.add_argument("--output", metavar="FILE", help="write it there instead of to stdout")


def _wait(text: str) -> int:
    if not (text.isdigit() and 1 <= int(text) <= 7200):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds from 1 to 7200")
    return int(text)


def _unlock(made: argparse.ArgumentParser) -> None:
    _environment(made)
    made.add_argument("lock_id", metavar="LOCK-ID", help="as the refused command printed it")


def _owner_policy(made: argparse.ArgumentParser) -> None:
    _environment(made)
    made.add_argument("--drill", action="store_true", help="what a live drill needs beside reading instead")


def _sandbox(made: argparse.ArgumentParser) -> None:
    made.add_argument("action", choices=("up", "down", "status", "env", "company"),
                      help="company: put a made-up company with planted problems into prod, for a review to find"
                      )  # fmt: skip
    made.add_argument("env", nargs="?", metavar="ENV", help="with env: the environment to print variables for")


def _demo(made: argparse.ArgumentParser) -> None:
    made.add_argument("--keep", action="store_true", help="leave the embedded AWS running for a look")


def _rules(made: argparse.ArgumentParser) -> None:
    made.add_argument("--format", choices=("text", "markdown", "json"), default="text")


def _trail(made: argparse.ArgumentParser) -> None:
    from iam_guardrails.trail_command import declare

    declare(made, getattr(made, "action", ""))


def _policy(made: argparse.ArgumentParser) -> None:
    from iam_guardrails.policy_command import declare

    declare(made)


def _access(made: argparse.ArgumentParser) -> None:
    from iam_guardrails.access_command import declare

    declare(made)


def _breakglass(made: argparse.ArgumentParser) -> None:
    from iam_guardrails.breakglass_command import declare

    declare(made)


def _records(made: argparse.ArgumentParser) -> None:
    from iam_guardrails.records_command import declare

    declare(made)


def _capture(made: argparse.ArgumentParser) -> None:
    from iam_guardrails.capture_command import declare

    declare(made)


def _secrets(made: argparse.ArgumentParser) -> None:
    from iam_guardrails.secrets_command import declare

    declare(made)


def _review(made: argparse.ArgumentParser) -> None:
    from iam_guardrails.review_command import declare

    declare(made)


def _nothing(_made: argparse.ArgumentParser) -> None:
    pass


COMMANDS: dict[str, tuple[str, Callable[[argparse.ArgumentParser], None]]] = {
    "bootstrap": ("create the bucket that holds an environment's Terraform state", _environment),
    "plan": ("plan an environment and save the plan file", _environment),
    "validate": ("judge a plan: of an environment, or any plan file", _validate),
    "apply": ("apply exactly the plan that was judged", _environment),
    "verify": ("judge the live account", _judged),
    "drift": ("name what changed, is missing or was added by hand", _judged),
    "chain": ("prove that a use of the role reaches a human, or say where the chain ends", _chain),
    "drill": ("try out that a use of the role reaches somebody: offline, or live", _drill),
    "capture": ("read an account once into a file, to be judged offline", _capture),
    "unlock": ("release a state lock that a killed run left behind", _unlock),
    "owner-policy": ("print the identity policy the people who may enter need", _owner_policy),
    "sandbox": ("the embedded AWS", _sandbox),
    "demo": ("everything for prod against the embedded AWS", _demo),
    "rules": ("the table of rules", _rules),
    "trail": ("what CloudTrail recorded, and the patterns that pick from it", _trail),
    "policy": ("questions about IAM policies, answered offline", _policy),
    "access": ("who reaches what in a whole account, offline", _access),
    "breakglass": ("an emergency, step by step: open, enter, exit, close, and its record", _breakglass),
    "records": (
        "verify the records of incidents and reviews; send to the store, or fetch from it",
        _records,
    ),
    "review": ("the access review: judge it, decide what is open, sign it, remove, see what is due", _review),
    "secrets": ("look for secrets in the files that git tracks", _secrets),
    "fmt-check": ("check the formatting of the Terraform files", _nothing),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code. Never raises for bad input, a missing tool or a refused call."""
    if sys.stdout is None or sys.stderr is None:
        from iam_guardrails.entry import can_tell

        if not can_tell():
            return 2
    _let_print()
    try:
        code = _run(arguments)
        sys.stdout.flush()  # here, where a full disk or a closed pipe still ends in one sentence
        return code
    except KeyboardInterrupt:
        words = sys.argv[1:] if arguments is None else arguments
        said = READING if list(words[:2]) == ["trail", "ask"] else INTERRUPTED
    except BrokenPipeError:
        said = ""
    except Exception as error:
        said = _sentence(error)
    _forget_output()
    if said:
        try:
            print(_shown(said), file=sys.stderr, flush=True)
        except OSError:  # a full disk, or nobody reads it: the exit code tells all the same
            sys.stderr = open(os.devnull, "w")  # noqa: PTH123, SIM115 - for as long as the process runs
    return 2


def _let_print() -> None:
    """Let stdout take every text, whatever it is encoded in: a sign that the encoding lacks is written as an escape."""
    import codecs  # loaded with the interpreter
    import io

    codecs.register_error("escaped", _escaped)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="escaped")


def _escaped(error: UnicodeError) -> tuple[str, int]:
    """The signs as JSON's strings have them, e.g. `\\u2026`, so that a document of JSON stays one."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    units = zip(lacking[::2], lacking[1::2], strict=True)
    return "".join(f"\\u{high:02x}{low:02x}" for high, low in units), error.end


def _shown(said: str) -> str:
    """What went wrong as it is printed: no sign in it steers a terminal, and on one it fits the width."""
    from iam_guardrails.reports.escaping import shown
    from iam_guardrails.reports.fitting import sentence

    first, *more = (shown(line) for line in said.split("\n"))
    lines = [sentence("guardrails: ", first) if sys.stderr.isatty() else f"guardrails: {first}", *more]
    return "\n".join(lines)


def _run(arguments: Sequence[str] | None) -> int:
    words = sys.argv[1:] if arguments is None else list(arguments)
    top = parser(words[0] if words else "")
    given = top.parse_args(words)
    if given.version:
        from iam_guardrails.version import VERSION

        print(f"guardrails {VERSION}")
        return 0
    if not given.command:
        top.print_help()
        return 0
    from iam_guardrails import commands

    try:
        return commands.run(given)
    except BrokenPipeError:
        raise
    except KeyboardInterrupt:
        commands.refuse(given, INTERRUPTED)
        raise
    except Exception as error:
        commands.refuse(given, _sentence(error))
        raise


def _sentence(error: Exception) -> str:
    """What is wrong and where, in one line. $GUARDRAILS_TRACEBACK raises what nobody foresaw instead."""
    from iam_guardrails.model.problem import Problem

    if isinstance(error, Problem):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror}; free the place, or choose another, and repeat"
    if os.environ.get("GUARDRAILS_TRACEBACK"):
        raise error
    place = error.__traceback__
    while place and place.tb_next:
        place = place.tb_next
    code = f" ({place.tb_frame.f_code.co_name}, line {place.tb_lineno})" if place else ""
    text = " ".join(str(error).split())[:300]
    return (
        f"could not judge, because of a defect in guardrails itself: {type(error).__name__}: {text}{code};"
        " GUARDRAILS_TRACEBACK=1 shows where, please report it"
    )


def _forget_output() -> None:
    """Let what is still in the buffer of stdout go: Python would try to write it once more at its end."""
    from contextlib import suppress

    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
