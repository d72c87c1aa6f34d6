"""The contract: what the last apply says it built must be there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from iam_guardrails.model.account import Account
from iam_guardrails.model.finding import Clean, Finding, NotJudged

RULE = "contract-built"


def judge_contract(
    contract: Mapping[str, Any] | None, account: Account
) -> tuple[tuple[Finding, ...], tuple[NotJudged, ...], tuple[Clean, ...]]:
    """Look for every ARN the contract names (at any depth) among what the reader saw."""
    where = f"account {account.account_id}"
    if contract is None:
        reason = "the state holds no contract to compare with, or it cannot be read from here (see the progress above)"
        return (), (NotJudged(RULE, where, reason),), ()
    wanted = list(_arns(contract, ""))
    if not wanted:
        return (), (NotJudged(RULE, where, "the contract names no ARN"),), ()
    kinds = {":role/": "roles", ":policy/": "managed_policies", ":trail/": "trails", ":alarm:": "alarms",
             ":rule/": "event_rules", ":sns:": "topics", ":analyzer/": "analyzers", ":log-group:": "log_groups",
             }  # fmt: skip
    there = {item.arn for kind in set(kinds.values()) for item in getattr(account, kind) if hasattr(item, "arn")}
    names = {item.name for item in account.analyzers}
    findings, unsure, seen = [], [], 0
    for path, arn in wanted:
        kind = next((kinds[mark] for mark in kinds if mark in arn), None)
        if kind is None:
            continue
        refused = [why for name, why in account.refused.items() if name.partition("@")[0] == kind]
        if refused:
            unsure.append(NotJudged(RULE, arn, f"{kind} could not be read: {refused[0]}"))
        elif arn.removesuffix(":*") in there or arn.rpartition("/")[2] in names:
            seen += 1
        else:
            findings.append(
                Finding(RULE, "critical", arn, f"the last apply built it ({path}), but it is not in the account",
                        "find out who removed it (drift), then validate and apply")
            )  # fmt: skip
    return tuple(findings), tuple(unsure), (Clean(RULE, seen),) if not findings and not unsure else ()


def _arns(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str) and value.startswith("arn:") and "::aws:policy" not in value:
        yield path, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if key not in ("people", "subscriptions"):
                yield from _arns(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for item in value:
            yield from _arns(item, path)
