"""Whether Terraform declares what a session changed, just as it is now: from a plan that was made with a refresh.

A resource that such a plan would not touch is as its configuration says, but for what Terraform was told to leave alone
(lifecycle.ignore_changes, which a plan does not tell). An attribute that a configuration leaves out and AWS fills in is
not declared by it: the configuration has to name what a call set, but where the provider compares it all the same
(effects.arguments). And what the plan says of it must be what the look saw (plan_says).
Sources: Terraform documentation, "JSON Output Format" and "The lifecycle Meta-Argument"; Terraform AWS provider,
aws_lambda_function (a refresh reads code_sha256, and leaves source_code_hash as the configuration has it).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from iam_guardrails.model.incident.effects.arguments import VALUES, arguments_of, kept_of, set_by
from iam_guardrails.model.incident.effects.facts import Fact
from iam_guardrails.model.incident.effects.kind import Attributes, Kind, State
from iam_guardrails.model.incident.plan_says import contradicts
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import frozen

_INDEX = re.compile(r"\[[^\]]*\]")
_ARN = re.compile(r"arn:[\w-]+:[\w-]+:([\w-]*):(\d*):")
_UNIQUE = re.compile(r"arn:[\w-]+:[\w-]+:[\w-]+:|(sg|sgr|i)-[0-9a-f]+$|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
"""Names that no two Regions share; a KMS key of several Regions ("mrk-…") has one id in all of them."""
_BY_END = frozenset({"cluster", "event_bus_name", "function_name"})
"""Attributes that hold a name or the ARN that ends with it."""
_TAGS = frozenset({"tags", "tags_all"})
Plan = Mapping[str, Any]


@frozen
class About:
    """What a plan's JSON does not say of a resource itself. region, account_id: of its provider, "" where unknown.

    ignored: attributes that its lifecycle leaves alone ("all" for every one); Unknown: its text was not found.
    """

    region: str = ""
    account_id: str = ""
    ignored: frozenset[str] | Unknown = frozenset()


@frozen
class Declared:
    """address: of the resource that declares an object as it is now, "" where none does.  why: a clause about one that
    seems to, and proves nothing."""

    address: str = ""
    why: str = ""


def declared_by(
    fact: Fact, state: State, plan: Plan, about: Callable[[str], About] = lambda address: About()
) -> Declared:  # fmt: skip
    """The resource that declares an object as it is now. plan: show -json.  about: address -> what else is known of it.

    state: how it is now.
    """
    kind, names = fact.kind, fact.names
    if kind.declared_as and state not in kind.declared_as:
        return Declared()
    set_, doubt = set_by(fact), ""
    for change in plan.get("resource_changes", ()):
        if change.get("mode") != "managed" or change.get("deposed") or change["change"].get("actions") != ["no-op"]:
            continue
        for type_, attributes in kind.terraform:
            if change["type"] != type_ or not _fits(change, attributes, names, plan):
                continue
            address = str(change["address"])
            further = about(address)
            if not _is_there(change, kind, names, further, fact.account_id):
                continue
            why = (
                _proves_nothing(address, further.ignored)
                or _leaves_out(plan, change, kind.name, set_)
                or _was_not_refreshed(change, kind.name, attributes, names, state)
            )
            if not why:
                return Declared(address)
            doubt = doubt or why
    return Declared(why=doubt)


def made_too_early(plan: Plan, last_at: int) -> str:
    """Why a plan tells nothing: it was made before the last call that it is held against; "" where it was not.

    last_at: seconds since 1970. A plan without a time (Terraform before 1.5) was made just now, or was refused before.
    """
    told = plan.get("timestamp")
    if told is None:
        return ""
    try:
        made_at = datetime.fromisoformat(str(told))
    except ValueError:
        return f"the plan's time, {str(told)[:40]!r}, cannot be read"
    at = datetime.fromtimestamp(last_at, UTC)
    if made_at.tzinfo is not None and made_at >= at:
        return ""
    return f"the plan was made at {told}, before the last of these calls ({at:%Y-%m-%dT%H:%M:%SZ}): make a fresh one"


def _is_there(change: Mapping[str, Any], kind: Kind, names: Mapping[str, str], about: About, account_id: str) -> bool:
    """Whether a resource is in the Region and the account of the object."""
    values = change["change"].get("after") or {}
    arn = _ARN.match(str(values.get("arn") or ""))
    account = (arn[2] if arn else "") or about.account_id
    if account and account_id and account != account_id:
        return False
    wanted = "" if kind.is_global else names.get("Region", "")
    region = values.get("region") or (arn[1] if arn else "") or about.region
    if not wanted or region == wanted:
        return True
    return not region and any(_UNIQUE.match(value) for value in names.values())


def _proves_nothing(address: str, ignored: frozenset[str] | Unknown) -> str:
    """Why a resource that Terraform would not change proves nothing; "" where it does."""
    if isinstance(ignored, Unknown):
        return f"Terraform would not change {address}, but {ignored.reason}, so nobody knows what it leaves alone"
    left = ", ".join(sorted(ignored - _TAGS))
    return f"Terraform would not change {address}, but is told to ignore changes of {left} there" if left else ""


def _leaves_out(plan: Plan, change: Mapping[str, Any], kind: str, set_: Collection[str]) -> str:
    """What a call set that the text of a resource does not tell, so that a plan takes it as it is; "" for nothing."""
    address, type_ = str(change["address"]), str(change["type"])
    left = [
        setting for setting in set_
        if not any(argument in kept_of(type_) or _names_it(plan, address, argument)
                   for argument in arguments_of(kind, type_, setting))
    ]  # fmt: skip
    told = ", ".join(sorted(setting or VALUES[kind] for setting in left))
    return f"Terraform would not change {address}, but its text does not say the {told} that was set" if told else ""


def _was_not_refreshed(
    change: Mapping[str, Any], kind: str, attributes: Attributes, names: Mapping[str, str], state: State
) -> str:
    after = change["change"].get("after") or {}
    why = contradicts(kind, str(change["type"]), attributes, names, after, state)
    if not why:
        return ""
    return (
        f"the plan would not change {change['address']}, but {why}: it was made without a look at AWS (-refresh=false),"
        " or that changed since; make a fresh one"
    )


def _fits(change: Mapping[str, Any], attributes: Attributes, names: Mapping[str, str], plan: Plan) -> bool:
    values = change["change"].get("after") or {}
    for told, name in attributes.items():
        attribute = told.removeprefix("+")
        if told != attribute and not _names_it(plan, change["address"], attribute):
            return False
        if not isinstance(name, str):
            if not _has_block(values.get(attribute), name, names):
                return False
            continue
        if attribute.startswith("="):  # what the object has to be, so that the resource tells of it
            if names.get(attribute[1:]) != name:
                return False
        elif not name:
            if not _names_it(plan, change["address"], attribute) or not _is_kept(attribute, values):
                return False
        elif not _same(attribute, values.get(attribute), names.get(name, ""), names):
            return False
    return True


def _has_block(blocks: Any, attributes: Mapping[str, str], names: Mapping[str, str]) -> bool:
    """Whether one of the blocks of a resource says all of that."""
    pairs = attributes.items()
    return any(
        all(_same(attribute, block.get(attribute), names.get(name, ""), names) for attribute, name in pairs)
        for block in blocks or ()
        if isinstance(block, Mapping)
    )


def _is_kept(attribute: str, values: Mapping[str, Any]) -> bool:
    """A refresh does not look at source_code_hash: it declares the code where it is the hash that AWS tells. Of an
    image it reads the name, which is one image only where it is a digest."""
    if attribute == "image_uri":
        return "@sha256:" in str(values.get(attribute))
    told = values.get("code_sha256")
    return attribute != "source_code_hash" or not told or values.get(attribute) == told


def _same(attribute: str, value: Any, wanted: str, names: Mapping[str, str]) -> bool:
    if isinstance(value, (list, tuple)):
        return any(_same(attribute, item, wanted, names) for item in value)
    if attribute in _BY_END:
        return _end(str(value or "default")) == _end(wanted)
    if isinstance(value, bool) or value is None:
        return value is None and wanted == "-1"  # Terraform leaves out ports where every protocol is meant
    if wanted == "-1" and attribute in ("from_port", "to_port"):
        return value in (-1, 0) if names.get("Protocol") == "-1" else value == -1
    return str(value) == wanted


def _end(name: str) -> str:
    return re.split("[:/]", name)[-1]


def _names_it(plan: Plan, address: str, attribute: str) -> bool:
    """Whether the configuration of a resource names an attribute."""
    bare = _INDEX.sub("", address)
    root = (plan.get("configuration") or {}).get("root_module") or {}
    for where, resource in _resources(root, ""):
        if where == bare:
            return attribute in (resource.get("expressions") or {})
    return False


def _resources(module: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for resource in module.get("resources", ()):
        yield f"{prefix}{resource['address']}", resource
    for name, call in (module.get("module_calls") or {}).items():
        yield from _resources(call.get("module") or {}, f"{prefix}module.{name}.")
