"""Of which organisation a caller is: the values of aws:PrincipalOrgID and aws:PrincipalOrgPaths that it may carry.

A principal carries both keys where its account is a member of an organisation, and neither where it is not; so does no
service of AWS. An account that is not the company's may still be of the company's organisation, or of one that the
policy names. Source: AWS IAM User Guide, reference_policies_condition-keys (aws:PrincipalOrgID, aws:PrincipalOrgPaths,
aws:ResourceOrgID, aws:ResourceOrgPaths).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from iam_guardrails.model.expected import Organization
from iam_guardrails.model.iam.caller import Begins, Value
from iam_guardrails.model.iam.common import common
from iam_guardrails.model.iam.document import PolicyDocument
from iam_guardrails.model.iam.match import has_wildcard

Context = dict[str, Value]
ORGANISATION, ORGANISATION_PATHS = "aws:principalorgid", "aws:principalorgpaths"
OURS, DECLARED, FOREIGN, NOBODYS = "ours", "declared", "foreign", "nobody's"
CALLERS_KEYS = (ORGANISATION, ORGANISATION_PATHS)
_OF_THE_ROLE = "aws:resourceorgid", "aws:resourceorgpaths"
_MOST = 12  # patterns of paths that are tried by twos
_OTHER = "o-0000000000"  # an organisation that is nobody's here


def asks_for_organisations(document: PolicyDocument) -> bool:
    """Whether a policy asks of which organisation somebody is, by a key or by a variable."""
    return any(
        "orgid" in text.lower() or "orgpaths" in text.lower()
        for item in document.statements for each in item.conditions for text in (each.key, *each.values)
    )  # fmt: skip


def memberships(home: Organization | None, asked: Sequence[str], whose: str) -> list[Context]:
    """What a caller may carry of these keys, a context for each possibility.

    home: the company's organisation, None where nobody told: then nothing is said of the keys.
    asked: the values that the policy wants of the caller's keys.
    whose: OURS for a caller of the role's own account, DECLARED for one of another account whom the company declares
    and who is of its organisation therefore, FOREIGN for anybody else's, NOBODYS for a caller that has no account: a
    service, or whoever brings an assertion.
    """
    if home is None:
        return [{}]
    id_, below = (home.id,), Begins(f"{home.id}/")
    paths: Value = (home.path,) if home.path else below
    role: Context = dict(zip(_OF_THE_ROLE, (id_, paths), strict=True))
    without: Context = {**role, ORGANISATION: None, ORGANISATION_PATHS: None}
    if whose == NOBODYS:
        return [without]
    if whose in (OURS, DECLARED):
        return [{**role, ORGANISATION: id_, ORGANISATION_PATHS: paths if whose == OURS else below}]
    wanted = [text for text in asked if "${" not in text]
    ids = dict.fromkeys([home.id, *(_filled(text.partition("/")[0]) for text in wanted), _OTHER])
    elsewhere = [
        {**role, ORGANISATION: (text,), ORGANISATION_PATHS: (path,)} for text in ids for path in _paths(text, wanted)
    ]
    return [*elsewhere, without]


def _paths(organisation: str, wanted: Sequence[str]) -> Iterator[str]:
    """Where in an organisation an account may be: wherever the policy asks for, and beside that."""
    for text in wanted:
        filled = _filled(text)
        if filled.startswith(f"{organisation}/") or has_wildcard(text.partition("/")[0]):
            yield filled
    patterns = [text for text in dict.fromkeys(wanted) if "/" in text][:_MOST]
    for several in (*combinations(patterns, 2), patterns):  # where more than one of them is met
        if path := common(f"{organisation}/r-*/*", *several):
            yield path
    yield f"{organisation}/r-0000/ou-0000-00000000/"


def _filled(pattern: str) -> str:
    """A text that fits the pattern."""
    return pattern.replace("*", "").replace("?", "0")
