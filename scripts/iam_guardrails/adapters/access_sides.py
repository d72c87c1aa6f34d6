"""The two sides of a comparison: two plans, the two sides of one plan, or two policies in files of their own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from iam_guardrails.adapters.access_aliases import with_asked_aliases
from iam_guardrails.adapters.access_pairs import paired
from iam_guardrails.adapters.access_tags import with_asked_tags
from iam_guardrails.adapters.files import read_text
from iam_guardrails.adapters.plan_json import PlanFile, read_plan
from iam_guardrails.adapters.plan_json.access import NO_ACCOUNT, Place, Standing, standing
from iam_guardrails.adapters.policy_files import read_policy
from iam_guardrails.model.iam.difference.subject import Held, Side, Subject
from iam_guardrails.model.iam.grammar_check import CheckedKind
from iam_guardrails.model.problem import Problem

_PLAN_PARTS = ("planned_values", "format_version", "resource_changes", "lineage", "@level")
_OWN = re.compile(r"arn:(aws[a-z-]*):[a-z0-9-]+:[a-z0-9-]*:(\d{12}):")


def subjects_of_plan(path: str, told: Place | None = None) -> tuple[Subject, ...]:
    """What one plan changes: its prior state against what it plans. told: where it lives. Raises Problem."""
    plan = _read(path)
    place = told or place_of(plan)
    if not plan.content.get("prior_state") and any(_before(item) for item in _changes(plan)):
        raise Problem(f"{path} changes what stands but holds no prior state; write it anew: `terraform show -json`")
    pairs = paired(_standing(plan, place, before=True), _standing(plan, place), _moved(plan))
    return (*with_asked_tags(with_asked_aliases(pairs)), *_put_off(plan))


def subjects_of_plans(old_path: str, new_path: str, told: Place | None = None) -> tuple[Subject, ...]:
    """What stands after the one plan against what stands after the other. Raises Problem."""
    old, new = _read(old_path), _read(new_path)
    one, other = place_of(old), place_of(new)
    if NO_ACCOUNT in (one.account_id, other.account_id):  # one account, unless both tell another
        one = other = other if one.account_id == NO_ACCOUNT else one
    pairs = paired(_standing(old, told or one), _standing(new, told or other))
    return (*with_asked_tags(with_asked_aliases(pairs)), *_put_off(new))


def subject_of_policies(
    old_path: str, new_path: str, kind: CheckedKind, progress: Callable[[str], None]
) -> tuple[Subject, ...]:
    """Two policy documents. Raises Problem with the first thing that AWS would refuse in one of them."""
    sides = [Side((Held("the policy", read_policy(path, kind, progress)),)) for path in (old_path, new_path)]
    meant = {"identity": "identity", "trust": "trust"}.get(kind, "resource")
    others = "" if kind == "trust" else "the other policies of whoever it is about"
    return (
        Subject("policy", meant, new_path, new_path, sides[0], sides[1], others=others),  # type: ignore[arg-type] # the three kinds
    )


def is_plan(path: str) -> bool:
    """Whether a file is meant to be a plan. Raises Problem where it cannot be read; what is no JSON is no plan here."""
    import json

    if path.endswith(".tfplan"):
        return True
    try:
        content = json.loads(read_text(path, "the plan or policy"))
    except (ValueError, RecursionError):
        return False
    return isinstance(content, Mapping) and any(name in content for name in _PLAN_PARTS)


def place_of(plan: PlanFile) -> Place:
    """The plan's own account and partition, as its prior state tells; twelve zeros where it does not."""
    found: dict[tuple[str, str], int] = {}
    for values in _values(plan.content):
        arn = _OWN.match(str(values.get("arn") or ""))
        if arn and arn.group(2) != NO_ACCOUNT:
            key = (arn.group(1), arn.group(2))
            found[key] = found.get(key, 0) + 1
    if not found:
        return Place(NO_ACCOUNT)
    partition, account_id = max(found, key=lambda key: found[key])
    return Place(account_id, partition)


def _read(path: str) -> PlanFile:
    """A plan whose changes all tell what becomes of their resource, and what of it is not known. Raises Problem."""
    plan = read_plan(path)
    changes = plan.content.get("resource_changes")
    if changes is not None and not (isinstance(changes, list) and all(isinstance(item, Mapping) for item in changes)):
        raise Problem(f"{path}: resource_changes is no list of changes; write the plan anew: `terraform show -json`")
    for item in _changes(plan):
        change = item.get("change")
        if not isinstance(change, Mapping) or not isinstance(change.get("actions"), list):
            raise Problem(
                f"{path} does not tell what becomes of {item.get('address') or 'a resource without an address'}: its "
                "resource change has no `change` with `actions`; write the plan anew: `terraform show -json`"
            )
    return plan


def _standing(plan: PlanFile, place: Place, *, before: bool = False) -> tuple[Standing, ...]:
    try:
        return standing(plan, place, before=before)
    except (KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise Problem(
            f"{plan.path} is not a well-formed Terraform plan ({type(error).__name__}: {error}); write it anew with "
            "`terraform show -json`"
        ) from None


def _put_off(plan: PlanFile) -> Iterator[Subject]:
    """What Terraform leaves to a later plan: deferred changes, or (with -target) whatever it did not look at."""
    deferred = _list(plan.content.get("deferred_changes"))
    if not deferred and plan.content.get("complete") is not False:
        return
    changes = [item.get("resource_change") for item in deferred if isinstance(item, Mapping)]
    named = ", ".join(str(item.get("address")) for item in changes if isinstance(item, Mapping))
    held = Held(f"the rest of the changes{f' ({named})' if named else ''}", None,
                "Terraform leaves it to a later plan", "plan again after the apply, without -target")  # fmt: skip
    yield Subject("plan", "identity", plan.path, "", Side(), Side((held,)), effect="grant")


def _moved(plan: PlanFile) -> dict[str, str]:
    """The new address by the old one of what `moved` blocks move."""
    return {
        str(item["previous_address"]): str(item.get("address"))
        for item in _changes(plan) if item.get("previous_address")
    }  # fmt: skip


def _changes(plan: PlanFile) -> Iterator[Mapping[str, Any]]:
    yield from (item for item in _list(plan.content.get("resource_changes")) if isinstance(item, Mapping))


def _before(item: Mapping[str, Any]) -> bool:
    change = item.get("change")
    return item.get("mode") == "managed" and isinstance(change, Mapping) and bool(change.get("before"))


def _values(content: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    prior = content.get("prior_state")
    for whole in (prior.get("values") if isinstance(prior, Mapping) else None, content.get("planned_values")):
        yield from _of_module(whole.get("root_module")) if isinstance(whole, Mapping) else ()


def _of_module(module: object) -> Iterator[Mapping[str, Any]]:
    if not isinstance(module, Mapping):
        return
    for item in _list(module.get("resources")):
        values = item.get("values") if isinstance(item, Mapping) else None
        if isinstance(values, Mapping):
            yield values
            if item.get("type") == "aws_caller_identity":
                yield {"arn": values.get("arn")}
    for child in _list(module.get("child_modules")):
        yield from _of_module(child)


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
