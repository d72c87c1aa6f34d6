"""The child of a session with its edges: its environment, its prompt, the warnings, and its end."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence

from iam_guardrails.adapters import shells, tty
from iam_guardrails.adapters.child_process import ChildProcess
from iam_guardrails.adapters.inside import Mark
from iam_guardrails.adapters.steady import steady
from iam_guardrails.adapters.terminal import style
from iam_guardrails.journeys.breakglass_hold import WARN_SECONDS, hold
from iam_guardrails.model.incident.child import child_environment
from iam_guardrails.model.incident.session import Gone, Inside
from iam_guardrails.reports.breakglass_entry import after_entry, warning


def held(
    program: Sequence[str], shell: str, base: Mapping[str, str], inside: Inside, mark: Mark,
    marks: tuple[int, ...] = WARN_SECONDS, aside: bool = False,
) -> Gone:  # fmt: skip
    """Run `program`, or without one the shell, with the session in its environment; returns how it ended.

    base: the variables it gets beside.  marks: seconds before the end at which it is warned.
    aside: what it prints goes to stderr, because stdout is to hold our result and nothing else. Raises Problem.
    """
    order, issued = inside.order, inside.issued
    colours = not style(sys.stderr, os.environ).plain
    variables = child_environment(
        base, issued.keys, order.region, min(inside.ends_at, issued.expires_at), order.incident_id
    )
    left = max(1.0, inside.seconds - (steady() - inside.issued_steady))
    start = shells.Start(tuple(program)) if program else _shell(shell, inside, int(left), colours)
    on_terminal = not program and tty.has_terminal()
    keep = (mark.descriptor,) if mark.descriptor >= 0 else ()
    try:
        child = ChildProcess(
            start.arguments, {**variables, **start.variables}, shell=not program, keep=keep, aside=aside
        )
    except BaseException:
        start.clean()
        raise
    mark.started(child.pid)

    def warn(seconds: int) -> None:
        tty.announce(warning(order.incident_id, seconds, colours), on_terminal)
        if on_terminal and seconds > 0:
            child.redraw()

    try:
        return hold(child, left, steady, warn, marks)
    finally:
        child.close()
        start.clean()


def _shell(shell: str, inside: Inside, seconds: int, colours: bool) -> shells.Start:
    order = inside.order
    label, end = f"{order.environment} {order.incident_id}", f"{inside.ends_at:%H:%M} UTC"
    home = os.environ.get("ZDOTDIR") or os.environ.get("HOME", "")
    print(after_entry(inside, colours), file=sys.stderr, flush=True)
    return shells.start_of(shell, label, seconds, end, colours, home)
