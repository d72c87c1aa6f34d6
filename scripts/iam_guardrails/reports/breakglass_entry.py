"""What enter and exit tell the person at the keyboard. What is needed next is always the last line."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from iam_guardrails.model.incident.entry import Keys, Order, flag_of
from iam_guardrails.model.incident.incident import Incident
from iam_guardrails.model.incident.session import Ended, Gone, Inside
from iam_guardrails.model.incident.step import EXPIRED, KILLED
from iam_guardrails.reports.escaping import as_json, shown
from iam_guardrails.reports.fitting import sentence

_RED, _BOLD, _OFF = "\033[1;31m", "\033[1m", "\033[0m"


def marked(text: str, colours: bool, code: str = _RED) -> str:
    """A text that must be seen."""
    return f"{code}{text}{_OFF}" if colours else text


def before_entry(incident: Incident, order: Order, who: str, doubts: Iterable[str], colours: bool) -> str:
    """What is about to happen, before the code is asked for."""
    opened = incident.opened
    told = f"{incident.id}: {opened.reason} ({opened.person}, {opened.minutes} min)"
    lines = [
        f"{marked(order.environment.upper(), colours)}  account {order.account_id}, {order.region}",
        f"role  {shown(order.role_name)}",
        *_wrapped(told),
        *_wrapped(f"you are {who}"),
    ]
    for doubt in doubts:
        first, *rest = _wrapped(doubt, "LOOK  ")
        lines += [marked(first, colours), *rest]
    return "\n".join(lines)


def after_entry(inside: Inside, colours: bool) -> str:
    """Where one is now, for how long, and how to leave: the last lines."""
    order = inside.order
    minutes = -(-inside.seconds // 60)
    lines = [
        marked(f"You are inside {order.environment} ({order.account_id}) in {order.region}.", colours),
        f"{shown(order.role_name)} until {inside.ends_at:%H:%M:%S} UTC ({minutes} min).",
        *_wrapped(f"Every call is on record as {order.incident_id}. Change as little as helps, and note what it was."),
    ]
    if abs(inside.clock_ahead_seconds) >= 30:
        side = "ahead of" if inside.clock_ahead_seconds > 0 else "behind"
        lines += _wrapped(f"This machine's clock is {abs(inside.clock_ahead_seconds)} s {side} AWS's.")
    return "\n".join([*lines, "leave with: exit", f"then: {order.after}"])


def warning(incident_id: str, seconds: int, colours: bool) -> str:
    """The line that appears while somebody works. seconds: left; 0 at the end."""
    if seconds <= 0:
        return marked(f"*** {incident_id}: the time is over; this session ends now ***", colours)
    left = f"{seconds // 60} min" if seconds % 60 == 0 else f"{seconds // 60} min {seconds % 60} s"
    return marked(f"*** {incident_id}: {left} left, then this session ends ***", colours)


def left_text(inside: Inside, gone: Gone) -> str:
    """The child is gone: what that means, and what to do next."""
    order = inside.order
    how = {EXPIRED: "the time was over", KILLED: f"it was killed (exit code {gone.exit_code})"}.get(
        gone.how, f"exit code {gone.exit_code}"
    )
    lines = [f"left {order.environment} after {gone.seconds // 60} min {gone.seconds % 60} s ({how})"]
    lines += _wrapped(
        f"The session's credentials would work until {inside.issued.expires_at:%H:%M:%S} UTC wherever a copy is left"
        " (a program in the background): end them now."
    )
    return "\n".join([*lines, f"next: {order.after}"]) + "\n"


def left_json(inside: Inside, gone: Gone, recorded: bool) -> str:
    """The same as JSON."""
    return as_json(_facts(inside) | {
        "ended": gone.how, "exit_code": gone.exit_code, "seconds": gone.seconds, "recorded": recorded,
        "next": inside.order.after,
    })  # fmt: skip


def console_text(inside: Inside, url: str) -> str:
    """The URL and what to do with it. It is a secret for 15 minutes."""
    return (
        f"{shown(url)}\n"
        "The address signs in whoever opens it, once, within 15 minutes: open it now and show\n"
        f"it to nobody. Use it until {inside.ends_at:%H:%M} UTC, sign out, and then:\n"
        f"next: {inside.order.after}\n"
    )


def console_json(inside: Inside, url: str, recorded: bool) -> str:
    """The same as JSON."""
    return as_json(_facts(inside) | {
        "login_url": url, "recorded": recorded, "next": inside.order.after,
    })  # fmt: skip


def process_json(keys: Keys, expires_at: datetime) -> str:
    """What a credential_process prints (AWS SDKs and Tools Reference Guide, "Process credential provider")."""
    return json.dumps({
        "Version": 1, "AccessKeyId": keys.access_key_id, "SecretAccessKey": keys.secret_access_key,
        "SessionToken": keys.session_token, "Expiration": _stamp(expires_at),
    }) + "\n"  # fmt: skip


def exit_text(incident: Incident, ended: Iterable[Ended], here: Iterable[str]) -> str:
    """What became of each role, and what to do next. here: about the sessions on this machine."""
    lines, commands, items = [], [], tuple(ended)
    for item in items:
        name = item.step.role_arn.rpartition("/")[2]
        if item.step.issued_before is None:
            lines += _wrapped(f"the sessions of {name}: {item.step.why_not}", "NOT ENDED  ")
            commands.append(shown(item.step.command))
            continue
        before = f"{item.step.issued_before:%Y-%m-%d %H:%M:%S} UTC"
        what = "were refused already" if item.stayed else "are refused from now on"
        lines += _wrapped(f"{name}: sessions issued before {before} {what}")
        if item.sessions:
            number = len(item.sessions)
            lines += _wrapped(f"read back, and by our own evaluator the policy refuses {number} of {number} recorded"
                              " sessions")  # fmt: skip
        if item.far_ahead:
            why = (
                "that moment is ahead, and no exit put it there: until then nobody can use the role, and every new"
                " session is refused everything; --again moves it to now"
            )
            lines += _wrapped(why, "WRONG  ")
        elif item.stayed:
            lines += _wrapped("nothing was written; --again moves the moment to now, if somebody entered without a"
                              " record")  # fmt: skip
    for text in here:
        lines += _wrapped(text)
    after = _after_exit(incident, items)
    if commands:
        lines += _wrapped("The sessions still work. Run this now, as somebody who may write the role's inline policy"
                          " (put their profile for PROFILE), or repeat with --as-profile PROFILE:")  # fmt: skip
        return "\n".join([*lines, *commands]) + "\n"
    lines += _wrapped("It takes AWS up to some minutes to act everywhere; the evidence is a call that is refused.")
    return "\n".join([*lines, f"next: {after}"]) + "\n"


def _after_exit(incident: Incident, ended: Iterable[Ended]) -> str:
    """The command that comes next: where a moment is wrong, the one that moves it."""
    what = "exit {} --again" if any(item.far_ahead for item in ended) else "close {}"
    return f"guardrails breakglass {what.format(incident.id)}{flag_of(incident)}"


def exit_json(incident: Incident, ended: Iterable[Ended], here: Iterable[str], recorded: bool) -> str:
    """The same as JSON."""
    from iam_guardrails.model.codec import encode

    items = tuple(ended)
    roles = [
        encode(item.step)
        | {
            "stayed": item.stayed,
            "sessions": list(item.sessions),
            "far_ahead": item.far_ahead,
        }
        for item in items
    ]
    after = _after_exit(incident, items)
    command = next((item.step.command for item in items if not item.done), after)
    return as_json({
        "incident": incident.id, "environment": incident.opened.environment, "ended": all(i.done for i in items),
        "roles": roles, "here": list(here), "recorded": recorded, "next": command,
    })  # fmt: skip


def _facts(inside: Inside) -> dict[str, Any]:
    order = inside.order
    return {
        "incident": order.incident_id, "environment": order.environment, "account_id": order.account_id,
        "region": order.region, "role_arn": order.role_arn, "principal": inside.principal,
        "session_name": order.session_name, "session_arn": inside.issued.session_arn, "lane": inside.lane,
        "ends_at": _stamp(inside.ends_at), "expires_at": _stamp(inside.issued.expires_at),
    }  # fmt: skip


def _stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _wrapped(text: str, head: str = "") -> list[str]:
    """A sentence behind `head`, of which any word may be somebody's."""
    return sentence(head, shown(text)).split("\n")
