"""Of which organisation a caller is: the values of aws:PrincipalOrgID and aws:PrincipalOrgPaths that it may carry.

A principal carries both keys where its account is a member of an organisation, and neither where it is not; so does no
service of AWS. An account that is not the company's may still be of the company's organisation, or of one that the
policy names. Source: AWS IAM User Guide, reference_policies_condition-keys (aws:PrincipalOrgID, aws:PrincipalOrgPaths,
aws:ResourceOrgID, aws:ResourceOrgPaths).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from iam_guardrails.model.expected import Organization
from iam_guardrails.model.iam.caller import Begins, Value
from iam_guardrails.model.iam.common import common
from iam_guardrails.model.iam.document import PolicyDocument
from iam_guardrails.model.iam.match import glob_match, has_wildcard

Context = dict[str, Value]
ORGANISATION, ORGANISATION_PATHS = "aws:principalorgid", "aws:principalorgpaths"
OURS, DECLARED, FOREIGN, NOBODYS = "ours", "declared", "foreign", "nobody's"
CALLERS_KEYS = (ORGANISATION, ORGANISATION_PATHS)
_OF_THE_ROLE = "aws:resourceorgid", "aws:resourceorgpaths"
_VARIABLE = re.compile(r"\$\{\s*([^},]*?)\s*(?:,[^}]*)?\}")
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
    told = [text for text in asked if not _begins_with_own(text)]
    begins = [_settled(text, {_OF_THE_ROLE[0]: home.id}).partition("/")[0] for text in told]
    ids = dict.fromkeys(filter(None, (home.id, *(one for text in begins for one in _fitting(text)), _OTHER)))
    elsewhere = [
        {**role, ORGANISATION: (text,), ORGANISATION_PATHS: (path,)}
        for text in ids
        for path in _paths(text, [_settled(one, {_OF_THE_ROLE[0]: home.id, ORGANISATION: text}) for one in asked])
    ]
    return [*elsewhere, without]


def _begins_with_own(text: str) -> bool:
    """Whether a text begins with the caller's own organisation, which fits each."""
    found = _VARIABLE.match(text)
    return found is not None and found[1].lower() == ORGANISATION


def _settled(text: str, values: Mapping[str, str]) -> str:
    """A text with the variables that are known filled in, and the others as wildcards."""
    return _VARIABLE.sub(lambda found: values.get(found[1].lower(), "*"), text)


def _paths(organisation: str, wanted: Sequence[str]) -> Iterator[str]:
    """Where in an organisation an account may be: wherever the policy asks for, and beside that."""
    for text in wanted:
        begin, slash, rest = text.partition("/")
        if slash and glob_match(begin, organisation):
            yield from _fitting(f"{organisation}/{rest}")
        if has_wildcard(begin) and (path := common(f"{organisation}/*", text)):
            yield path
    patterns = [text for text in dict.fromkeys(wanted) if "/" in text][:_MOST]
    for several in (*combinations(patterns, 2), patterns):  # where more than one of them is met
        if path := common(f"{organisation}/r-*/*", *several):
            yield path
    fresh = next((sign for sign in "0123456789" if not any(f"/r-{sign * 4}" in text for text in wanted)), "0")
    yield f"{organisation}/r-{fresh * 4}/ou-{fresh * 4}-{fresh * 8}/"


def _fitting(pattern: str) -> tuple[str, ...]:
    """Texts that fit the pattern: the shortest, and where it leaves that open one of other signs."""
    return tuple(dict.fromkeys((pattern.replace("*", "").replace("?", "0"),
                                pattern.replace("*", "zz").replace("?", "z"))))  # fmt: skip
