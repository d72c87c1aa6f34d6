"""Which roles each caller can become: the identity policies of the caller and the trust policies of the roles.

Source: AWS IAM User Guide, id_roles_use_permissions-to-switch and reference_policies_evaluation-logic: within an
account the role's trust policy must allow, by naming the caller, or by naming the account and the caller's own policies
allowing sts:AssumeRole. id_credentials_temp_control-access_monitor: who sets a source identity, because the trust
policy asks for one, needs sts:SetSourceIdentity as well, of both; id_session-tags: and who sends tags, sts:TagSession.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, Sequence
from functools import cached_property

from iam_guardrails.model.iam.caller import Value
from iam_guardrails.model.iam.document import PolicyDocument
from iam_guardrails.model.iam.listed import Tags
from iam_guardrails.model.iam.principals import Raw
from iam_guardrails.model.iam.reach.account import Account
from iam_guardrails.model.iam.reach.leg import Asked, Leg, Masks, Three
from iam_guardrails.model.iam.reach.question import since
from iam_guardrails.model.iam.reach.universe import mask_of
from iam_guardrails.model.iam.reach.weigh import Caller, Weigher
from iam_guardrails.model.iam.variables import NEWER
from iam_guardrails.model.unknown import Unknown

ASSUME = "sts:AssumeRole"
# what a caller needs besides to send these condition keys
BESIDES = {"sts:SetSourceIdentity": ("sts:sourceidentity",), "sts:TagSession": ("aws:requesttag/", "aws:tagkeys")}
_ABROAD = frozenset({"Service", "Federated"})
_ROOT = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):root")
_PLAIN, _WHOLE = 3, 2  # Effect, Action and Principal, in a document of Version and Statement, and nothing else


class Roles:
    """The roles of an account by bit, in the order of their ARNs."""

    def __init__(self, account: Account) -> None:
        estate = account.estate
        self.users = len(estate.users)
        arns = account.principals.arns[self.users :]
        order = sorted(range(len(arns)), key=arns.__getitem__)
        self.caller_of = [self.users + at for at in order]
        self.arns = [arns[at] for at in order]
        self.bit_of = {caller: bit for bit, caller in enumerate(self.caller_of)}
        self.bit_of_arn = {arn: bit for bit, arn in enumerate(self.arns)}
        self.account = account
        self._besides: list[tuple[int, Weigher, Weigher]] = []  # see _look_for
        self.weigher = self._weigher(account)

    @cached_property
    def becomes(self) -> list[Three]:
        """For each caller, the roles that it assumes."""
        account = self.account
        by_kind = [self.assumed_by(account.callers[number], False) for number in account.kinds.firsts]
        return [by_kind[kind] for kind in account.kinds.of]

    @property
    def of_account(self) -> Masks:
        """The roles whose trust policy names the account: certainly, possibly."""
        return self.weigher.grants.of_account

    def assumed_by(self, caller: Caller, granted: bool) -> Three:
        """The roles that a caller assumes. granted: whether a policy of its own would allow everything."""
        found = self.weigher.three(caller, self.weigher.leg.every if granted else 0)
        for its, without, sending in self._besides:
            if found[2] & its:
                own = its if granted else 0
                one, other = without.three(caller, own), sending.three(caller, own)
                known, maybe = (found[at] & (~its | one[at] | other[at]) for at in (1, 2))
                found = found[0] & maybe, known, maybe
        return found

    def open_to(self, caller: Caller, granted: bool) -> Three:
        """The roles that a caller would assume if their trust policies named it."""
        every = self.weigher.leg.every
        return self.weigher.three(caller, every if granted else 0, every)

    def asked(self, number: int) -> Asked:
        """The request to assume a role. number: of the caller that it is."""
        found = self.weigher.leg.asked[self.bit_of[number]]
        assert found is not None
        return found

    def _weigher(self, account: Account) -> Weigher:
        principals = account.principals
        contexts = tagged([*map(principals.tags, self.caller_of)], account.estate.account_id, account.question.now)
        owner = account.estate.account_id
        asked = [Asked(ASSUME, arn, context, owner) for arn, context in zip(self.arns, contexts, strict=True)]
        leg = Leg(ASSUME, asked, account.actions, "trust")
        alike: dict[int, tuple[Raw, list[int]]] = {}  # roles with one trust policy
        for bit, trust in enumerate(map(principals.trust, self.caller_of)):
            if trust is not None:
                found = alike.get(id(trust))
                if found is None:
                    found = alike[id(trust)] = trust, []
                found[1].append(bit)
        policies: dict[int, tuple[list[int], PolicyDocument]] = {}
        plain: dict[str, list[int]] = {}
        unread: list[int] = []
        for source, listed in alike.values():
            if _is_for_others(source, account.estate.account_id):
                continue
            named = _only_named(source, account.arns)
            document = None if named else account.estate.parsed(source)
            if document is None:
                plain.setdefault(named, []).extend(listed)
            elif isinstance(document, Unknown):
                unread += listed
            else:
                policies.setdefault(id(document), ([], document))[0].extend(listed)
        self.unread = [self.arns[bit] for bit in sorted(unread)]
        size = len(self.arns)
        told = {arn: mask_of(listed, size) for arn, listed in plain.items()}
        on_roles = [(mask_of(listed, size), document) for listed, document in policies.values()]
        made = account.weigher(leg, on_roles, mask_of(unread, size), told)
        made.grants.told = leg.every & ~made.untold
        for action, keys in BESIDES.items():
            beside = self._look_for(action, keys, account, asked, list(policies.values()))
            self._besides += [beside] if beside else []
        return made

    def _look_for(
        self, action: str, keys: tuple[str, ...], account: Account, asked: Sequence[Asked],
        policies: Sequence[tuple[list[int], PolicyDocument]],
    ) -> tuple[int, Weigher, Weigher] | None:  # fmt: skip
        """The roles whose trust policies ask for keys that only who may do `action` sends; what tells who assumes them
        without the keys, and who may do it. None where no role is such."""
        told = [(listed, document, _asked_of(document, keys)) for listed, document in policies]
        on_roles = [(mask_of(listed, len(asked)), document) for listed, document, names in told if names]
        if not on_roles:
            return None
        its = {bit for listed, _, names in told if names for bit in listed}
        absent: dict[str, Value] = dict.fromkeys((name for *_, names in told for name in names), None)

        def weigher(which: str, more: Mapping[str, Value]) -> Weigher:
            some = [one._replace(action=which, context={**one.context, **more}) if bit in its else None
                    for bit, one in enumerate(asked)]  # fmt: skip
            made = account.weigher(Leg(which, some, account.actions, "trust"), on_roles)
            made.grants.told = made.leg.every
            return made

        return mask_of(sorted(its), len(asked)), weigher(ASSUME, absent), weigher(action, {})


def _asked_of(document: PolicyDocument, keys: tuple[str, ...]) -> set[str]:
    """The condition keys of a trust policy that begin so."""
    asked = (one.key.lower() for item in document.statements for one in item.conditions)
    return {key for key in asked if key.startswith(keys)}


def tagged(listed: Sequence[Tags], account_id: str, now: str = "") -> list[Mapping[str, Value]]:
    """What is known of a request to assume roles, by the tags of each: its account, and its tags; a tag that only
    others have is absent. now: see Question.

    Source: Service Authorization Reference, list_awssecuritytokenservice (aws:ResourceTag, iam:ResourceTag).
    """
    objects = {id(tags): tags for tags in listed}  # most roles have theirs in common, and few have others
    distinct = dict.fromkeys(objects.values())
    names = {key.lower() for tags in distinct for key, _ in tags}
    absent: dict[str, Value] = {f"{kind}:resourcetag/{name}": None for kind in ("aws", "iam") for name in names}
    known: dict[Tags, Mapping[str, Value]] = {}
    for tags in distinct:
        own = {f"{kind}:resourcetag/{key.lower()}": (value,) for kind in ("aws", "iam") for key, value in tags}
        known[tags] = {**absent, **own, "aws:resourceaccount": (account_id,), **since(now)}
    by_object = {at: known[tags] for at, tags in objects.items()}
    return [by_object[id(tags)] for tags in listed]


def _only_named(source: Raw, arns: Container[str]) -> str:
    """The one user or role whom a trust policy of the plainest form names; "" for all other forms."""
    if isinstance(source, Unknown) or source.get("Version") != NEWER or len(source) != _WHOLE:
        return ""
    listed = source.get("Statement")
    if type(listed) is list and len(listed) == 1:
        listed = listed[0]
    if type(listed) is not dict or listed.get("Effect") != "Allow" or listed.get("Action") != ASSUME:
        return ""
    principal = listed.get("Principal")
    if len(listed) != _PLAIN or type(principal) is not dict or len(principal) != 1:
        return ""
    named = principal.get("AWS")
    return named if type(named) is str and named in arns else ""


def _is_for_others(source: Raw, account_id: str) -> bool:
    """Whether a trust policy names nothing but services, identity providers and whole other accounts, and denies
    nothing.
    """
    if isinstance(source, Unknown):
        return False
    listed = source.get("Statement")
    for item in (listed,) if isinstance(listed, Mapping) else listed if isinstance(listed, list) else (None,):
        if not isinstance(item, Mapping) or item.get("Effect") != "Allow":
            return False
        principal = item.get("Principal")
        if not isinstance(principal, Mapping):
            return False
        if not principal.keys() <= _ABROAD and not _is_other_account(principal, account_id):
            return False
    return True


def _is_other_account(principal: Mapping[str, object], account_id: str) -> bool:
    named = principal.get("AWS")
    found = _ROOT.fullmatch(named) if type(named) is str and len(principal) == 1 else None
    return found is not None and found.group(1) != account_id
