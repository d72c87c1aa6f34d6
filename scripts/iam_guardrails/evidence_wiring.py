"""What an examination is held against: the capture from before, the live account, and what Terraform declares."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from iam_guardrails.incident_wiring import Found
from iam_guardrails.model.account import Account
from iam_guardrails.model.codec import CodecError, decode_account
from iam_guardrails.model.incident.step import BEFORE, Before
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.unknown import Unknown


def before_of(found: Found) -> Account | Unknown:
    """The capture that `open` made, if it is still what was written."""
    steps = found.incident.contents(BEFORE, Before)
    if not steps:
        return Unknown("no capture was made when the use was declared")
    told = steps[-1]
    if not told.file:
        return Unknown(f"no capture was made when the use was declared: {told.why_not or 'no reason is recorded'}")
    path = found.records.folder / told.file
    try:
        packed = path.read_bytes()
    except OSError as error:
        return Unknown(f"the capture from before, {path.name}, cannot be read ({error.strerror})")
    if hashlib.sha256(packed).hexdigest() != told.sha256:
        return Unknown(f"the capture from before, {path.name}, is not the one that was written")
    try:
        return decode_account(json.loads(gzip.decompress(packed)))
    except (OSError, ValueError, EOFError, CodecError, TypeError) as error:
        return Unknown(f"the capture from before, {path.name}, cannot be read ({error})")


def live_of(
    before: Account | Unknown, read: Callable[[], Account], progress: Callable[[str], None]
) -> Account | Unknown:
    """The live account, where there is something to compare it with; why not, where it cannot be read."""
    if isinstance(before, Unknown):
        return Unknown("there is nothing to compare it with")
    progress("reading the live account, to compare it with how it was")
    try:
        return read()
    except Problem as problem:
        return Unknown(f"the live account cannot be read: {problem}")


def plan_of(
    root: Path, environment: str, sandbox: bool, plan_file: str, progress: Callable[[str], None]
) -> Mapping[str, Any] | Unknown:
    """A plan made now, or an existing one, as JSON; why not, where there is none. plan_file: "" to make one."""
    from iam_guardrails.adapters.plan_json import read_plan

    try:
        if plan_file:
            given = dict(read_plan(Path(plan_file)).content)
            return given if "timestamp" in given else Unknown(f"{plan_file} does not tell when it was made")
        from iam_guardrails.wiring import Wiring

        progress("asking Terraform what it declares")
        wiring = Wiring.make(root, environment, sandbox, progress)
        wiring.plan("close")
        made = wiring.place.work / "close.json"
        content = dict(read_plan(made).content)
        content.pop("timestamp", None)  # it was made just now, whatever this machine's clock says
        for left in (made, wiring.place.work / "close.tfplan"):
            left.unlink(missing_ok=True)
        return content
    except Problem as problem:
        return Unknown(str(problem))
