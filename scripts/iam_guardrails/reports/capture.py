"""What a capture holds, in short: the file, its parts, the calls, what is not judged."""

from __future__ import annotations

import json
from collections.abc import Iterator

from iam_guardrails.model.capture.capture import Capture
from iam_guardrails.model.unknown import Unknown

_SHOWN, _MOST = 12, 6


def as_text(capture: Capture, path: str, made: int) -> str:
    """For a person. made: how many calls this run made."""
    lines = [
        f"captured {capture.account_id} ({capture.environment}, {capture.origin}) as of"
        f" {capture.captured_at:%Y-%m-%d %H:%M} UTC",
        f"  {path}",
        f"  sha256 {capture.sha256}",
        *(f"  {text}" for text in _held(capture)),
        *_calls(capture, made),
        *_reasons("not judged, because a call brought no answer", not_answered(capture)),
        *_reasons("not asked for", dict(capture.unasked)),
    ]
    return "\n".join(lines) + "\n"


def not_answered(capture: Capture) -> dict[str, str]:
    """Everything that was refused: of the account that the rules judge, and of the rest."""
    found = {**capture.account.refused, **capture.refused}
    if isinstance(capture.credentials, Unknown):
        found["credentials"] = capture.credentials.reason
    return dict(sorted(found.items()))


def counts(capture: Capture) -> dict[str, int]:
    """How much there is of what."""
    account = capture.account
    return {
        "users": len(account.users),
        "roles": len(account.roles),
        "managed_policies": len(account.managed_policies),
        "last_access": len(capture.last_access),
        "findings": len(capture.findings),
        "secrets": len(capture.secrets),
        "secret_keys": len(capture.secret_keys),
        "key_grants": len(capture.key_grants),
        "assignments": sum(len(item.assignments) for item in capture.identity_centers),
        "config_rules": len(capture.compliance),
        "drills": len(capture.drills),
        "incidents": len(capture.incidents),
        "waivers": len(capture.waivers),
    }


def _held(capture: Capture) -> Iterator[str]:
    found = [f"{count:,} {name.replace('_', ' ')}" for name, count in counts(capture).items()]
    for start in range(0, len(found), 6):
        yield ", ".join(found[start : start + 6])


def _calls(capture: Capture, made: int) -> Iterator[str]:
    total = sum(capture.calls.values())
    yield f"{total:,} calls" + ("" if made == total else f", {made:,} of this run")
    for part in capture.parts:
        if part.calls:
            most = sorted(part.calls.items(), key=lambda item: (-item[1], item[0]))
            told = ", ".join(f"{count:,} {action}" for action, count in most[:_SHOWN])
            more = f" and {len(most) - _SHOWN} more actions" if len(most) > _SHOWN else ""
            yield f"  {part.name:15} {sum(part.calls.values()):>5,}: {told}{more}"


def _reasons(title: str, reasons: dict[str, str]) -> Iterator[str]:
    if not reasons:
        return
    yield f"{title}:"
    by_reason: dict[str, list[str]] = {}
    for key, why in sorted(reasons.items()):
        by_reason.setdefault(why, []).append(key)
    for why, keys in by_reason.items():
        names = _names(keys)
        more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
        yield f"  {', '.join(names[:_MOST])}{more}: {why}"


def _names(keys: list[str]) -> list[str]:
    """Each kind once, with its Regions: "trails@us-east-1+us-east-2"."""
    regions: dict[str, list[str]] = {}
    for key in keys:
        kind, _, region = key.partition("@")
        regions.setdefault(kind, []).append(region)
    return [f"{kind}@{'+'.join(found)}" if any(found) else kind for kind, found in regions.items()]


def as_json(capture: Capture, path: str, made: int) -> str:
    """For a program: the file, the counts, the calls by part, the reasons."""
    at = capture.captured_at
    value = {
        "file": path,
        "sha256": capture.sha256,
        "origin": capture.origin,
        "environment": capture.environment,
        "account_id": capture.account_id,
        "regions": list(capture.regions),
        "captured_at": at.isoformat() if at else None,
        "counts": counts(capture),
        "calls": sum(capture.calls.values()),
        "calls_of_this_run": made,
        "calls_by_part": {part.name: dict(part.calls) for part in capture.parts},
        "refused": not_answered(capture),
        "unasked": dict(sorted(capture.unasked.items())),
    }
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
