"""AWS Config rules that AWS would refuse, or that do not say what their author meant."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from iam_guardrails.model.account import Account, ConfigRule
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.expression import Expression
from iam_guardrails.model.unknown import NotKnown, known
from iam_guardrails.rules.engine import Absence, rule
from iam_guardrails.rules.managed_config_rules import PARAMETERS, RECORDS_IAM
from iam_guardrails.rules.recording_config import records_iam

_NO_RULE = Absence(
    "there is no AWS Config managed rule to look at", ("config-recorder-present", "config-rule-identifier-known")
)
_EXCEPTION = Expression(r"(users|groups|roles):\[[\w+=.@-]+(;[\w+=.@-]+)*\]")
_POWERFUL = ("/AdministratorAccess", "/PowerUserAccess", "/IAMFullAccess")


def managed_rules(account: Account, _: Expected) -> tuple[ConfigRule, ...]:
    """Rules whose logic is AWS's own."""
    return tuple(item for item in account.config_rules if item.owner == "AWS")


def guarded_rules(account: Account, _: Expected) -> tuple[ConfigRule, ...]:
    """Managed rules about identities, trails, secrets and alarms: those whose parameters are known here."""
    return tuple(item for item in account.config_rules if item.owner == "AWS" and item.identifier in PARAMETERS)


@rule(
    id="config-rule-identifier-known",
    title="Each managed rule of AWS Config names an identifier that exists",
    severity="high",
    seed="1 Review",
    remedy="Correct source_identifier; terraform plan accepts anything there, and PutConfigRule then fails.",
    reference="AWS Config Developer Guide: list-of-aws-config-managed-rules",
    select=managed_rules,
    needs=("config_rules",),
    nothing=_NO_RULE,
)
def config_rule_identifier_known(item: ConfigRule, _: Account, __: Expected) -> Iterator[str]:
    """Terraform's plan does not know the identifiers."""
    identifier = known(item.identifier, "source_identifier")
    if identifier in PARAMETERS:
        return
    from iam_guardrails.rules.managed_config_names import IDENTIFIERS

    if identifier in IDENTIFIERS:
        return
    near = nearest(identifier, IDENTIFIERS)
    if not near:
        raise NotKnown(f"{identifier} is not in this program's list of managed rules; AWS may have added it")
    yield f"there is no managed rule {identifier}; did you mean {near}?"


def nearest(identifier: str, names: frozenset[str]) -> str:
    """The identifier that was probably meant: the same in other letters, a very similar one, or nothing."""
    from difflib import get_close_matches

    spelt = identifier.strip().upper().replace("-", "_")
    if spelt in names:
        return spelt
    return next(iter(get_close_matches(spelt, names, n=1, cutoff=0.85)), "")


@rule(
    id="config-rule-parameters",
    title="The parameters of each managed rule are those AWS Config takes",
    severity="medium",
    seed="1 Review",
    remedy='Write input_parameters as jsonencode of strings, e.g. { maxAccessKeyAge = "90" }.',
    reference="AWS Config Developer Guide: list-of-aws-config-managed-rules (each rule's Parameters)",
    select=guarded_rules,
    needs=("config_rules",),
    nothing=_NO_RULE,
)
def config_rule_parameters(item: ConfigRule, _: Account, __: Expected) -> Iterator[str]:
    """A rule without its required parameter is refused at apply, long after the review."""
    given = known(item.parameters, "input_parameters")
    allowed = PARAMETERS[known(item.identifier, "source_identifier")]
    for name in allowed:
        if name.endswith("!") and name[:-1] not in given:
            yield f"{item.identifier} needs the parameter {name[:-1]}"
    names = [name.rstrip("!") for name in allowed]
    for name, value in given.items():
        if name not in names:
            yield f"{item.identifier} has no parameter {name} (it takes {', '.join(names) or 'none'})"
        elif not isinstance(value, str):
            yield f"the value of {name} is {value!r}; AWS Config takes strings"
    yield from _exceptions(given)


def _exceptions(given: Mapping[str, Any]) -> Iterator[str]:
    text = given.get("exceptionList")
    if not isinstance(text, str):
        return
    for part in re.split(r",\s*(?=\w+:)", text.strip()):
        if not _EXCEPTION.fullmatch(part.strip()):
            yield f'exceptionList holds "{part}"; its form is users:[a;b], groups:[c], roles:[d;e]'


@rule(
    id="config-rule-prohibition",
    title="IAM_ROLE_MANAGED_POLICY_CHECK is not used to forbid a policy",
    severity="medium",
    seed="1 Review",
    remedy="Use IAM_POLICY_BLACKLISTED_CHECK with policyArns and an exceptionList for the break-glass role.",
    reference="AWS Config Developer Guide: iam-role-managed-policy-check",
    select=guarded_rules,
    needs=("config_rules",),
    nothing=_NO_RULE,
)
def config_rule_prohibition(item: ConfigRule, _: Account, __: Expected) -> Iterator[str]:
    """That rule reports roles which lack the policies it lists."""
    if item.identifier != "IAM_ROLE_MANAGED_POLICY_CHECK":
        return
    named = str(known(item.parameters, "input_parameters").get("managedPolicyArns", ""))
    for arn in (text.strip() for text in named.split(",")):
        if arn.endswith(_POWERFUL):
            yield f"it reports every role that lacks {arn.rpartition('/')[2]}; it does not forbid that policy"


@rule(
    id="config-iam-rules-in-iam-region",
    title="Rules about recorded IAM changes stand where IAM is recorded",
    severity="medium",
    seed="1 Review",
    remedy="Deploy these rules only in the one Region whose recorder includes the IAM resource types.",
    reference="AWS Config Developer Guide: select-resources",
    select=guarded_rules,
    needs=("config_rules", "config_recorders"),
    nothing=_NO_RULE,
)
def config_iam_rules_in_iam_region(item: ConfigRule, account: Account, _: Expected) -> Iterator[str]:
    """A rule triggered by changes hears only of types that its own Region records."""
    if item.identifier not in RECORDS_IAM:
        return
    here = [recorder for recorder in account.config_recorders if recorder.region == item.region]
    if not here and account.origin == "plan":
        raise NotKnown(f"the recorder of {item.region} is not in the plan")
    if not any(records_iam(recorder) for recorder in here):
        yield f"{item.identifier} waits for recorded IAM changes, and nothing in {item.region} records IAM"


RULES = (
    config_rule_identifier_known,
    config_rule_parameters,
    config_rule_prohibition,
    config_iam_rules_in_iam_region,
)
