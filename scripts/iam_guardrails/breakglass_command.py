"""`guardrails breakglass …`: one use of the role, from its declaration to its review."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from importlib import import_module
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NoReturn

from iam_guardrails.model.problem import Problem

if TYPE_CHECKING:
    from pathlib import Path

ACTIONS = {
    "open": "declare an incident: why the role is needed, and for how long",
    "extend": "declare that it takes longer",
    "note": "keep a sentence for the review",
    "enter": "get a session of the role: for a shell, a command, an AWS profile or the console",
    "exit": "end every session of the role, through another identity than its own",
    "status": "what is open, and what is late",
    "list": "the incidents there are",
    "show": "one incident, step by step",
    "close": "what was done, whether it is undone, and the review that ends a use",
    "accept": "let something temporary stay until a day, with an owner and a ticket",
    "reverted": "say, with evidence, that what nobody can look at is undone, or what was closed stays so",
    "prevented": "say, with evidence, that a prevention action is done",
    "reconcile": "hold CloudTrail against the records, both ways: undeclared, overlong and unused uses",
}
_STORE = "s3://bucket/prefix: write every line there too (default: records.store of guardrails.toml)"
EPILOG = "Exit codes: 0 done, 1 findings, or refused while something stays open, 2 could not. ID: the incident's id, or"
EPILOG += " its beginning or end; without one, the incident that is open."


class Parser(argparse.ArgumentParser):
    """A parser whose complaint ends with the next step, and is told in JSON too where that was asked for."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As argparse does it; what was given is kept for a complaint."""
        self.given = list(args or ())
        return super().parse_known_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        """Raises Problem."""
        from iam_guardrails.reports.escaping import as_json

        said = f"{message}; what it takes: {self.prog.split(' [')[0]} --help"
        if "--format=json" in self.given or ("--format", "json") in pairwise(self.given):
            sys.stdout.write(as_json({"exit_code": 2, "error": said}))
        raise Problem(said)


def declare(made: argparse.ArgumentParser) -> None:
    """The arguments of `breakglass` and its actions."""
    actions = made.add_subparsers(dest="action", metavar="ACTION", parser_class=Parser)
    for name, text in ACTIONS.items():
        action = actions.add_parser(
            name, help=text, description=f"{text[0].upper()}{text[1:]}.", epilog=EPILOG,
            formatter_class=made.formatter_class,
        )  # fmt: skip
        action.add_argument("--sandbox", action="store_true", help="use the embedded AWS and its own records")
        action.add_argument("--store", metavar="S3", help=_STORE)
        _module(name).declare(action)


def run(
    given: argparse.Namespace,
    find_root: Callable[[argparse.Namespace], Path],
    tell: Callable[[str], None],
    put: Callable[[str, str | None], None],
) -> int:
    """Carry out the action; returns the exit code. Raises Problem."""
    if not given.action:
        raise Problem(f"say what is to be done: guardrails breakglass ACTION, one of {', '.join(ACTIONS)};"
                      " what is open, and what comes next: guardrails breakglass status")  # fmt: skip
    code: int = _module(given.action).run(given, find_root, tell, _keeping(given, put) if given.store else put)
    return code


def _keeping(given: argparse.Namespace, put: Callable[[str, str | None], None]) -> Callable[[str, str | None], None]:
    """Puts results whose next command names the store that this one was given."""
    from iam_guardrails.reports.next_line import with_store

    in_json = getattr(given, "format", "") == "json"
    return lambda text, output: put(with_store(text, given.store, in_json), output)


def _module(action: str) -> Any:
    """The module of an action: `declare(parser)` and `run(given, find_root, tell, put)`; imports cost nothing much."""
    return import_module(f"iam_guardrails.breakglass_{action}_command")
