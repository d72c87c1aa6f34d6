"""`guardrails breakglass enter [ID] [-- CMD…]`: one session of the role, checked, for a child and nobody else."""

from __future__ import annotations

import argparse
import os
import shutil
import stat
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from iam_guardrails.model.incident.step import (
    COMMAND,
    CONSOLE,
    CREDENTIAL_PROCESS,
    ENTERED,
    KILLED,
    LEFT,
    NOTED,
    SUBSHELL,
)
from iam_guardrails.model.problem import Problem

if TYPE_CHECKING:
    from pathlib import Path

    from iam_guardrails.entry_wiring import Keeper, Setting
    from iam_guardrails.incident_wiring import Found
    from iam_guardrails.model.incident.incident import Incident
    from iam_guardrails.model.incident.session import Inside

FindRoot = Callable[[argparse.Namespace], "Path"]
Tell = Callable[[str], None]
Put = Callable[[str, str | None], None]


def declare(made: argparse.ArgumentParser) -> None:
    """The arguments of `enter`; what follows -- is the command."""
    made.usage = "guardrails breakglass enter [options] [ID] [-- CMD …]"
    made.add_argument("id", metavar="ID", nargs="?", help="the incident (default: the one that is open)")
    made.add_argument("--role", metavar="NAME", default="", help="which role, by name or ARN, where there are several")
    made.add_argument(
        "--owner-profile", metavar="PROFILE", help="the owner's AWS profile (default: credentials in use)"
    )
    made.add_argument("--mfa-serial", metavar="ARN", default="", help="the MFA device (default: the user's own)")
    made.add_argument("--mfa-command", metavar="COMMAND", help="a command that prints the code (default: asked for)")
    how = made.add_mutually_exclusive_group()
    how.add_argument("--credential-process", action="store_true",
                     help="print the credentials as an AWS profile's credential_process does; never to a terminal"
                     )  # fmt: skip
    how.add_argument("--console", action="store_true", help="print an address that signs in to the console, once")
    made.add_argument("--format", choices=("text", "json"), default="text",
                      help="how the end is told (default: text); with json and no --output, what CMD prints goes to"
                      " stderr")  # fmt: skip
    made.add_argument("--output", metavar="FILE", help="write that there instead of to stdout")
    whole = made.parse_known_args

    def until_dashes(args: Sequence[str] | None = None, namespace: Any = None) -> Any:
        """As argparse does it, which would take the first word after -- for the ID."""
        words = list(sys.argv[1:] if args is None else args)
        at = words.index("--") if "--" in words else len(words)
        given, rest = whole(words[:at], namespace)
        given.program = words[at + 1 :]
        return given, rest

    vars(made)["parse_known_args"] = until_dashes


def run(given: argparse.Namespace, find_root: FindRoot, tell: Tell, put: Put) -> int:
    """Enter; returns the child's exit code, or 0 where there is no child. Raises Problem."""
    from iam_guardrails.adapters.child_process import no_core_dump
    from iam_guardrails.entry_wiring import Keeper, setting_of
    from iam_guardrails.incident_wiring import find, now
    from iam_guardrails.model.incident.clocks import STORE
    from iam_guardrails.model.incident.entry import require_enterable

    _refuse_what_cannot_go_together(given)
    no_core_dump()
    root = find_root(given)
    found = find(root, given.id, given.sandbox, given.store, tell)
    require_enterable(found.incident, now(), ((STORE, found.records.sent_at(found.incident.id)),))
    setting = setting_of(root, found.environment, given.sandbox)
    inside = _enter(given, found, setting, tell)
    keeper = Keeper(found)
    if given.credential_process or given.console:
        return _print(given, setting, inside, keeper, put)
    return _child(given, found, setting, inside, keeper, put)


def _refuse_what_cannot_go_together(given: argparse.Namespace) -> None:
    if given.program and (given.credential_process or given.console):
        raise Problem("a command after -- gets the session in its environment; --console and --credential-process"
                      " go without one")  # fmt: skip
    if given.program and not shutil.which(given.program[0]):
        raise Problem(
            f"there is no program {given.program[0]} to run; nothing was entered: give one that is there after --"
        )
    if given.credential_process and sys.stdout.isatty():
        raise Problem("--credential-process prints secrets, and stdout is a terminal: name it in a profile of"
                      " ~/.aws/config (credential_process = …), or leave it out to get a shell")  # fmt: skip
    if (given.credential_process or given.console) and stat.S_ISREG(os.fstat(sys.stdout.fileno()).st_mode):
        what = "--console" if given.console else "--credential-process"
        raise Problem(f"{what} prints secrets, and stdout is a file: no disk may hold them; leave out the > and repeat")
    if given.console and given.output:
        raise Problem("--console prints a secret, so it is written to no file: leave out --output")
    if given.credential_process and (given.output or given.format != "text"):
        raise Problem("--credential-process prints what AWS's tools read, to stdout only: leave out --output and"
                      " --format")  # fmt: skip
    if given.console and given.sandbox:
        raise Problem("not judged, because the embedded AWS has no console to sign in to: leave out --console")
    if not (given.program or given.credential_process or given.console) and not sys.stdin.isatty():
        raise Problem("there is no terminal for a shell: give the command to run after --")


def _enter(given: argparse.Namespace, found: Found, setting: Setting, tell: Tell) -> Inside:
    from iam_guardrails.adapters import tty
    from iam_guardrails.adapters.aws import session
    from iam_guardrails.adapters.aws.entry import AwsDoor
    from iam_guardrails.adapters.steady import steady
    from iam_guardrails.entry_wiring import Keeper, owner_variables, wait_for_revocations
    from iam_guardrails.incident_wiring import now
    from iam_guardrails.journeys.breakglass_enter import NotHandedOver, enter, order_of
    from iam_guardrails.model.incident.clocks import AWS
    from iam_guardrails.model.incident.entrant import about, described, doubts, lane_of
    from iam_guardrails.model.incident.entry import require_enterable, role_of
    from iam_guardrails.model.incident.revoking import dead_on_arrival
    from iam_guardrails.model.incident.step import Noted
    from iam_guardrails.reports.breakglass_entry import before_entry

    incident, expected = found.incident, setting.expected
    region = expected.home_region
    role = role_of(expected, given.role, setting.contract_role_arn())
    wait_for_revocations(found, role[1], tell)
    with owner_variables(setting, given.owner_profile, incident.opened.person, tell) as variables:
        door = AwsDoor(session(variables, region), setting.variables, region, now)
        caller = door.caller()
        require_enterable(incident, now(), ((AWS, caller.at),))
        odd = about(incident, caller) + doubts(caller, lane_of(caller, expected), expected, *_shell_says(given))
        order = order_of(incident, expected, role, caller, now())
        print(before_entry(incident, order, described(caller), odd, _colours()), file=sys.stderr, flush=True)
        try:
            person = tty.Asked(given.mfa_command, tell)
            inside = enter(order, caller, expected, door, person, now, steady, given.mfa_serial)
            text = door.revocation(inside.issued, incident.id, order.role_name)
            if dead := dead_on_arrival(text, inside.issued.at, _again(incident)):
                tell(dead)
            return inside
        except NotHandedOver as problem:
            Keeper(found).keep(NOTED, Noted(f"A session was issued and not handed over: {problem}"))
            raise


def _again(incident: Incident) -> str:
    """The command that moves the moment of a revocation to now."""
    from iam_guardrails.model.incident.entry import flag_of

    return f"guardrails breakglass exit {incident.id} --again{flag_of(incident)}"


def _shell_says(given: argparse.Namespace) -> tuple[str, str]:
    """The Region and the endpoint that the shell we were started from is set to, "" for none."""
    if given.sandbox:
        return "", ""
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION", "")
    return region, os.environ.get("AWS_ENDPOINT_URL_STS") or os.environ.get("AWS_ENDPOINT_URL", "")


def _colours() -> bool:
    from iam_guardrails.adapters.terminal import style

    return not style(sys.stderr, os.environ).plain


def _print(given: argparse.Namespace, setting: Setting, inside: Inside, keeper: Keeper, put: Put) -> int:
    from iam_guardrails.adapters import console_url
    from iam_guardrails.model.incident.step import IAM_USER
    from iam_guardrails.reports import breakglass_entry as report

    keys = inside.issued.keys
    if given.credential_process:
        keeper.keep(ENTERED, inside.entered(CREDENTIAL_PROCESS, ""))
        put(report.process_json(keys, min(inside.ends_at, inside.issued.expires_at)), None)
        return 0
    keeper.keep(ENTERED, inside.entered(CONSOLE, ""))
    chained = inside.temporary or inside.lane != IAM_USER
    expected = setting.expected
    url = console_url.console_url(
        keys, expected.home_region, expected.partition, inside.seconds, chained, console_url.post
    )
    as_json = given.format == "json"
    put(report.console_json(inside, url, keeper.whole) if as_json else report.console_text(inside, url), given.output)
    return 0


def _child(
    given: argparse.Namespace, found: Found, setting: Setting, inside: Inside, keeper: Keeper, put: Put
) -> int:  # fmt: skip
    from iam_guardrails.adapters import child_process
    from iam_guardrails.adapters import inside as marks
    from iam_guardrails.child_wiring import held
    from iam_guardrails.model.incident.session import Gone
    from iam_guardrails.model.incident.step import Left
    from iam_guardrails.reports import breakglass_entry as report

    shell = os.environ.get("SHELL") or "/bin/sh"
    program = child_process.program_of(given.program or [shell])
    entry = keeper.keep(ENTERED, inside.entered(COMMAND if given.program else SUBSHELL, program))
    gone = Gone(KILLED, 1, 0)
    as_json = given.format == "json"
    aside = as_json and not given.output  # stdout holds the JSON and nothing else
    try:
        with marks.marked(found.records.work, found.incident.id) as mark:
            gone = held(given.program, shell, setting.variables, inside, mark, aside=aside)
    finally:
        entry = entry or keeper.again()
        keeper.keep(LEFT, Left(entry, gone.how, gone.exit_code, gone.seconds))
    text = report.left_json(inside, gone, keeper.whole) if as_json else report.left_text(inside, gone)
    if given.program and not given.output and not as_json:
        print(text, end="", file=sys.stderr, flush=True)  # stdout is the command's
    else:
        put(text, given.output)
    return gone.exit_code
