"""`guardrails review …`: judge an environment, decide what is open, sign, and see what is due.

The first word is an action or an environment: `guardrails review prod` is short for `guardrails review judge prod`,
which also serves an environment that is called like an action.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

JUDGE = "judge"
ACTIONS = {
    JUDGE: "judge an environment: guardrails review ENV --cadence weekly|monthly|quarterly",
    "decide": "decide what is open: keep, remove or accept until a day",
    "sign": "close a review into a record",
    "patch": "what is stale, as a patch that takes it out of the repository's Terraform",
    "remove": "take away what a signed review decided to remove, with a record that gives it back",
    "rollback": "give back what a removal took away",
    "status": "what is due, overdue, in progress, and signed by whom",
}


def words(given: Sequence[str]) -> list[str]:
    """The words behind `review`, with the action that is meant where the first one names none."""
    if not given or given[0] in ACTIONS or given[0] in ("-h", "--help"):
        return list(given)
    return [JUDGE, *given]


def declare(made: argparse.ArgumentParser) -> None:
    """The arguments of `review` and its actions; `made` parses what `words` returns."""
    made.epilog = (
        "Without an action, the word is an environment; `guardrails review prod --help` tells about that form."
    )
    actions = made.add_subparsers(dest="action", metavar="ENV|ACTION", required=True, parser_class=_Action)
    for name, text in ACTIONS.items():
        prog = "guardrails review" if name == JUDGE else f"guardrails review {name}"
        actions.add_parser(name, help=text, prog=prog, action=name, formatter_class=made.formatter_class)


def run(
    given: argparse.Namespace,
    find_root: Callable[[argparse.Namespace], Path],
    tell: Callable[[str], None],
    put: Callable[[str, str | None], None],
) -> int:
    """Carry out the action; returns the exit code. Raises Problem."""
    code: int = _module(given.action).run(given, find_root, tell, put)
    return code


class _Action(argparse.ArgumentParser):
    """The parser of one action, whose module is imported when it is used."""

    def __init__(self, prog: str, action: str, formatter_class: Any) -> None:
        text = ACTIONS[action].partition(": guardrails")[0]
        super().__init__(prog, description=f"{text[0].upper()}{text[1:]}.", formatter_class=formatter_class)
        self._action = action

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As argparse does it, after declaring the arguments."""
        _module(self._action).declare(self)
        return super().parse_known_args(args, namespace)


def _module(action: str) -> Any:
    """The module of an action: `declare(parser)` and `run(given, find_root, tell, put)`."""
    return import_module(f"iam_guardrails.review_{action}_command")
