"""What AWS Config says, in the box of hygiene: an item for each rule of the guardrails that is not complied with.

Rules of the guardrails are those that modules/config-rules makes: ENV-guardrail-KEY. What other rules say is evidence.
Source: AWS Config API Reference, ComplianceByConfigRule, Compliance ("INSUFFICIENT_DATA value when no evaluation
results are available") and EvaluationResult (of an IAM user the resource id is its
unique id, AIDA…, of AWS::::Account the account's).
"""

from __future__ import annotations

from collections.abc import Iterator

from iam_guardrails.model.capture.capture import COMPLIANCE, SANDBOX
from iam_guardrails.model.capture.findings import NonCompliant, RuleCompliance
from iam_guardrails.model.finding import Verdict
from iam_guardrails.model.review.basis import Basis, listed
from iam_guardrails.model.review.review import Item, Table, fingerprint, item_id
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.rules.review import wildcards

FAILS, NO_RESULT = "NON_COMPLIANT", "INSUFFICIENT_DATA"
_ACCOUNT, _USER = "AWS::::Account", "AWS::IAM::User"
_SAME = {
    "access-keys-rotated": "access-key-rotated", "iam-password-policy": "password-policy-strong",
    "iam-user-mfa": "user-console-mfa", "console-access-mfa": "user-console-mfa",
    "root-access-key": "root-no-access-keys", "root-mfa": "root-mfa-enabled",
    "s3-account-public-access": "account-public-access-blocked",
}  # fmt: skip
"""Keys of modules/config-rules/catalogue.tf -> the rule of ours that judges the same resource."""
_WIDE = ("iam-no-admin-statements", "iam-no-full-access-statements")
"""Keys of those about policies, which the box of wildcards judges: each has an item there, or a justification."""
_OF_ACCOUNT = (
    "ebs-default-encryption", "external-access-analyzer", "iam-password-policy", "root-access-key", "root-mfa",
    "s3-account-public-access", "trail-multi-region",
)  # fmt: skip
"""Keys of those that judge the account itself, so that there is always something to judge."""
_COLUMNS = ("rule", "Region", "says", "not compliant")
_REMEDY = ("mend the resources (aws configservice get-compliance-details-by-config-rule --config-rule-name {name}"
           " --region {region} tells of each), or keep it here with the reason")  # fmt: skip


def items(basis: Basis, box: str, verdict: Verdict) -> Iterator[Item]:
    """An item of a box for each rule of the guardrails that does not accept a resource, of which nothing is said yet.

    verdict: of our own rules, waivers applied: what stands there, as an item or as accepted, is not asked about twice.
    """
    for one in basis.capture.compliance:
        if one.compliance == FAILS and (key := _key(basis, one)):
            rest = _left(basis, one, key, verdict)
            if isinstance(rest, Unknown) or rest or not one.resources:
                yield _item(box, one, rest)


def _key(basis: Basis, one: RuleCompliance) -> str:
    """The key of a rule of the guardrails, "" of another one."""
    prefix = f"{basis.expected.environment or basis.capture.environment}-guardrail-"
    return one.rule_name.removeprefix(prefix) if one.rule_name.startswith(prefix) else ""


def _left(basis: Basis, one: RuleCompliance, key: str, verdict: Verdict) -> tuple[NonCompliant, ...] | Unknown:
    """The resources of which neither our own rule nor the box of wildcards says anything."""
    if isinstance(one.resources, Unknown):
        return one.resources
    if key in _WIDE:
        wide = wildcards.wide_policies(basis)
        ids = {str(each.get("PolicyId")) for each in basis.entries("Policies") if each.get("Arn") in wide}
        return tuple(each for each in one.resources if each.resource_id not in ids)
    same = _SAME.get(key)
    told = {each.address for each in verdict.findings if each.rule == same and same not in basis.beyond}
    told |= {each.finding.address for each in verdict.waived if each.finding.rule == same}
    owners = {address.partition("/access-key-")[0] for address in told}
    users = {name for user in basis.capture.account.users if user.address in owners
             for name in (user.unique_id, user.name)}  # fmt: skip
    return tuple(each for each in one.resources if not (
        each.resource_id in users if each.resource_type == _USER else told and each.resource_type == _ACCOUNT
    ))  # fmt: skip


def _item(box: str, one: RuleCompliance, rest: tuple[NonCompliant, ...] | Unknown) -> Item:
    named = [] if isinstance(rest, Unknown) else sorted({f"{each.resource_type} {each.resource_id}" for each in rest})
    found = [] if isinstance(rest, Unknown) else rest
    since = [f"{each.recorded_at:%Y-%m-%d}" for each in found if each.recorded_at]
    evidence = (("resources", _resources(rest)), ("recorded", min(since, default="not told")), ("Region", one.region))
    reasons = ("the rule is one of the guardrails (modules/config-rules)",
               *dict.fromkeys(each.annotation for each in found[:8] if each.annotation))  # fmt: skip
    what = f"{len(named)} resource{'' if len(named) == 1 else 's'}" if named else "resources that it does not name"
    return Item(item_id(box, f"{one.region} {one.rule_name}", "config"), box, one.rule_name,
                f"the AWS Config rule {one.rule_name} in {one.region} does not accept {what}", "medium",
                fingerprint([one.rule_name, one.region, named]), reasons, evidence,
                _REMEDY.format(name=one.rule_name, region=one.region))  # fmt: skip


def tables(basis: Basis) -> Iterator[Table]:
    """What every Config rule of the account says."""
    rows = tuple((one.rule_name, one.region, one.compliance, _resources(one.resources))
                 for one in basis.capture.compliance)  # fmt: skip
    if rows:
        yield Table("What AWS Config says", _COLUMNS, rows)


def _resources(found: tuple[NonCompliant, ...] | Unknown) -> str:
    if isinstance(found, Unknown):
        return f"not known: {found.reason}"
    return listed([f"{each.resource_type} {each.resource_id}" for each in found])


def notes(basis: Basis) -> Iterator[str]:
    """How many rules are not complied with, and of what nobody asked."""
    found = basis.capture.compliance
    failing = sum(one.compliance == FAILS for one in found)
    silent = listed([f"{one.rule_name} in {one.region}" for one in found if one.compliance == NO_RESULT], 6)
    if found:
        yield (f"of {len(found)} rules of AWS Config {failing} are not complied with: those of the guardrails are"
               " items, or stand with our own rules")  # fmt: skip
    if silent:
        yield (f"AWS Config has no result ({NO_RESULT}) of {silent}: nothing of that kind is there, or its recorder or"
               " the rule does not run")  # fmt: skip
    for key, why in basis.capture.not_judged(COMPLIANCE).items():
        if key not in basis.capture.refused:
            yield f"what AWS Config says is not known ({key}): {why}"


def gaps(basis: Basis) -> Iterator[str]:
    """What AWS Config was not let say, or does not say of the account itself, a clause each. The embedded AWS evaluates
    no rule."""
    capture = basis.capture
    for one in capture.compliance if capture.origin != SANDBOX else ():
        if one.compliance == NO_RESULT and _key(basis, one) in _OF_ACCOUNT:
            yield (f"what AWS Config says by {one.rule_name} in {one.region}: no result ({NO_RESULT}), though the"
                   " account is always there: see whether its recorder and the rule run")  # fmt: skip
    for key in sorted(capture.not_judged(COMPLIANCE).keys() & capture.refused.keys()):
        region = key.partition("@")[2]
        yield f"what AWS Config says{f' in {region}' if region else ''}: {capture.refused[key]}"
