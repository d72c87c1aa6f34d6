"""What a break-glass session entered from there is part of the answer where its role is named, and told where not."""

from __future__ import annotations

import gzip
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from iam_guardrails.adapters.trail_engine.engine import Engine
from iam_guardrails.adapters.trail_objects import open_objects
from iam_guardrails.journeys.trail_ask import ask
from iam_guardrails.model.trail.answer import Answer
from iam_guardrails.model.trail.questions.all import question
from iam_guardrails.model.trail.window import Window

ACCOUNT = "333333333333"
BREAKGLASS, WORKER, DEEPER = (f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in ("prod-breakglass", "worker", "deeper"))
ALEX = {"type": "IAMUser", "arn": f"arn:aws:iam::{ACCOUNT}:user/alex", "accountId": ACCOUNT}


def session(role: str, name: str, identity: str) -> dict[str, Any]:
    path = role.rpartition("/")[2]
    return {"type": "AssumedRole", "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{path}/{name}", "accountId": ACCOUNT,
            "sessionContext": {"sessionIssuer": {"arn": role}, "sourceIdentity": identity}}  # fmt: skip


def call(number: int, who: Any, name: str = "AttachRolePolicy", **more: Any) -> dict[str, Any]:
    source = "sts" if name.startswith("Assume") else "iam"
    return {"eventTime": f"2026-01-10T12:0{number}:00Z", "eventSource": f"{source}.amazonaws.com", "eventName": name,
            "eventID": str(number), "recipientAccountId": ACCOUNT, "userIdentity": who, **more}  # fmt: skip


def entry(number: int, who: Any, role: str, name: str, **more: Any) -> dict[str, Any]:
    return call(number, who, "AssumeRole", requestParameters={"roleArn": role, "roleSessionName": name}, **more)


def history(identity: str) -> list[dict[str, Any]]:
    """An entry, from there into a worker, and from there deeper; with somebody else in each role."""
    return [
        entry(0, ALEX, BREAKGLASS, "alex"),
        entry(1, session(BREAKGLASS, "alex", identity), WORKER, "job"),
        call(2, session(WORKER, "job", identity)),
        entry(3, session(WORKER, "job", identity), DEEPER, "work"),
        call(4, session(DEEPER, "work", identity)),
        call(5, session(WORKER, "other", "")),
        call(6, session(BREAKGLASS, "sam", "INC-2")),
        entry(7, session(BREAKGLASS, "alex", identity), DEEPER, "refused", errorCode="AccessDenied"),
    ]


def asked(records: list[dict[str, Any]], folder: Path, session: str, *arns: str) -> Answer:
    (folder / "tree").mkdir()
    (folder / "tree/a.json").write_bytes(gzip.compress(json.dumps({"Records": records}).encode()))
    roles = frozenset((ACCOUNT, arn.rpartition("/")[2]) for arn in arns)
    engine = Engine(open_objects(str(folder / "tree")), folder / "cache", roles, lambda _: None, 1)
    return ask(question("breakglass-session"), engine, "s", Window(), baseline=timedelta(1), roles=roles,
               session=session)  # fmt: skip


@pytest.mark.parametrize(
    ("identity", "name", "roles", "ids", "told"),
    [
        ("INC-1", "INC-1", (BREAKGLASS,), "17", (WORKER,)),
        ("INC-1", "", (BREAKGLASS,), "0167", (WORKER,)),
        ("INC-1", "sam", (BREAKGLASS,), "6", ()),
        ("INC-1", "INC-1", (BREAKGLASS, WORKER), "1237", (DEEPER,)),
        ("INC-1", "INC-1", (BREAKGLASS, WORKER, DEEPER), "12347", ()),
        ("", "alex", (BREAKGLASS,), "017", (WORKER,)),
        ("", "alex", (BREAKGLASS, WORKER), "01237", (DEEPER,)),
        ("", "alex", (BREAKGLASS, WORKER, DEEPER), "012347", ()),
    ],
)
def test_the_sessions_that_a_session_entered(
    identity: str, name: str, roles: tuple[str, ...], ids: str, told: tuple[str, ...], tmp_path: Path
) -> None:
    found = asked(history(identity), tmp_path, name, *roles)
    assert "".join(row.event_id for row in found.rows) == ids  # type: ignore[union-attr] # these rows have one
    assert [text.rpartition("--role ")[2] for text in found.not_judged] == [f"{arn} too" for arn in told]
    assert found.exit_code == (2 if told else 0)


def test_that_a_session_became_root_is_told(tmp_path: Path) -> None:
    became = call(1, session(BREAKGLASS, "alex", "INC-1"), "AssumeRoot", requestParameters={"targetPrincipal": ACCOUNT})
    (told,) = asked([became], tmp_path, "INC-1", BREAKGLASS).not_judged
    assert "became the root user of an account" in told and "root-use" in told
