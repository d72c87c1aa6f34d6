"""The requests that callers of a break-glass role can send, given its trust policy and what guardrails.toml expects."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from itertools import product

from iam_guardrails.model.expected import Expected
from iam_guardrails.model.iam.admission import SOURCE_IDENTITY
from iam_guardrails.model.iam.caller import PRESENT, Later, LaterOrNone, Value
from iam_guardrails.model.iam.document import PolicyDocument
from iam_guardrails.model.iam.match import glob_match, has_wildcard
from iam_guardrails.model.iam.membership import (
    DECLARED,
    FOREIGN,
    NOBODYS,
    ORGANISATION,
    ORGANISATION_PATHS,
    OURS,
    asks_for_organisations,
    memberships,
)
from iam_guardrails.model.iam.pattern import ONE, RUN
from iam_guardrails.model.iam.request import OVER_TLS, Request, Situation, situation_of
from iam_guardrails.model.iam.session_tags import no_tags, tag_choices
from iam_guardrails.model.iam.times import settled
from iam_guardrails.model.iam.trust import account_of, same_principal
from iam_guardrails.model.iam.variables import fill

Context = dict[str, Value]
Incidents = Callable[[Situation], list[Value]]
_ROLE_ID = "AROAEXAMPLEEXAMPLE12"
NO_MFA: Context = {"aws:multifactorauthpresent": None, "aws:multifactorauthage": None}
NOT_PROVED: Context = {"aws:multifactorauthpresent": ("false",), "aws:multifactorauthage": None}
_LONGEST = "129600"  # seconds that a session of GetSessionToken lasts (AWS STS API)
_ISSUED = "aws:tokenissuetime"
_NOT_CHOSEN: Context = {"sts:externalid": None, "sts:rolesessionname": PRESENT}
_NAME, _NAME_OF_ITS_OWN = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII), "a-name-of-its-own"  # AWS STS API, AssumeRole
_PLACES = ("aws:sourceip", "aws:sourcevpc", "aws:sourcevpce", "aws:vpcsourceip", "aws:requestedregion")
_ELSEWHERE = "192.0.2.254"  # no address that anybody has (RFC 5737), and no endpoint or Region
_MOST_PLACES = 64


class Asking:
    """Makes requests for one role. The incident ids are those of guardrails.toml, then those the policy names.

    now: aware UTC, so that times which are past by then are settled; None where nobody tells the time.
    """

    def __init__(
        self, document: PolicyDocument, role_arn: str, expected: Expected, now: datetime | None = None
    ) -> None:
        self.document = document
        self.role_arn = role_arn
        self.expected = expected
        self.prefix = f"arn:{expected.partition}"
        self.account_id = account_of(role_arn) or expected.account_id
        self.time = settled(now, (one for item in document.statements for one in item.conditions))
        text = now.strftime("%Y-%m-%dT%H:%M:%SZ") if now else ""
        self.since: Value = Later(text) if text else PRESENT  # when a session began that begins now
        self._anybody: Context = {_ISSUED: LaterOrNone(text)} if text else {}
        self.places = tuple(self._places())
        self._asks = asks_for_organisations(document)
        self._organisations = [text for key in (ORGANISATION, ORGANISATION_PATHS) for text in self.listed(key)]

    def with_incident(self, asker: Situation) -> list[Value]:
        """The incident ids of the declared kind that the caller may set; any, or none, where no kind is declared."""
        pattern = self.expected.incident_id_pattern
        own = self._names(SOURCE_IDENTITY, asker)
        if not pattern:
            return [None, *((text,) for text in own)]
        return [
            (text,) for text in dict.fromkeys([sample(pattern), *(text for text in own if glob_match(pattern, text))])
        ]

    def any_incident(self, asker: Situation) -> list[Value]:
        """All incident ids that the caller may try, and none."""
        own: list[Value] = [(text,) for text in self._names(SOURCE_IDENTITY, asker)]
        return list(dict.fromkeys([*self.with_incident(asker), None, *own]))

    def listed(self, key: str) -> list[str]:
        """What the policy lists for one condition key (lower case)."""
        return [text for item in self.document.statements for condition in item.conditions
                if condition.key.lower() == key for text in condition.values]  # fmt: skip

    def asks(
        self,
        principal: str,
        context: Context,
        incidents: Incidents,
        action: str = "sts:AssumeRole",
        *,
        chooses: bool = True,
    ) -> tuple[Request, ...]:
        """One request per incident id and choice, from wherever it may be.

        chooses: whether the caller gives the session its name, and an external id; the console does not ask for them.
        """
        asker = situation_of(Request(principal, action, self.role_arn, context, False))
        unchosen = [{**_NOT_CHOSEN, **no_tags(self.document)}]  # the console sends no tags
        choices = self.choices(asker) if chooses else unchosen
        members = (
            memberships(self.expected.organization, self._organisations, self._whose(asker)) if self._asks else [{}]
        )
        time = {**self.time, **self._anybody} if asker.caller.account_id else self.time
        contexts = (
            {**OVER_TLS, **home, **choice, **time, **context, SOURCE_IDENTITY: incident}
            for home in members
            for choice in choices
            for incident in incidents(asker)
        )
        return tuple(Request(principal, action, self.role_arn, one, False) for one in contexts)

    def _whose(self, asker: Situation) -> str:
        """Whose account a caller is of, as model.iam.membership has it."""
        owner = asker.caller.account_id
        if not owner:
            return NOBODYS
        if owner == self.account_id:
            return OURS
        declared = any(same_principal(asker.request.principal, person) for person in self.expected.people)
        return DECLARED if declared else FOREIGN

    def asks_as_user(self, arn: str) -> tuple[Request, ...]:
        """What a user may send: with MFA, without, with MFA older than the policy says; with any incident id."""
        older = [str(int(text) + 1) for text in self.listed("aws:multifactorauthage") if text.isdecimal()]
        ages = dict.fromkeys([*older, _LONGEST])
        states = (mfa_keys("60"), dict(NO_MFA), dict(NOT_PROVED), *map(mfa_keys, ages))
        return tuple(one for state in states for one in self.asks(arn, state, self.any_incident))

    def choices(self, asker: Situation) -> list[Context]:
        """The external ids, session names and tags that a caller may choose, as far as the policy tells them apart.

        An assertion of a SAML provider holds the name of its session, and a service chooses as it likes.
        """
        action = asker.request.action
        if not asker.request.principal.startswith("arn:") or action == "sts:AssumeRoleWithSAML":
            return [_NOT_CHOSEN]
        names = dict.fromkeys([_NAME_OF_ITS_OWN, *self._names("sts:rolesessionname", asker)])
        assumes = action == "sts:AssumeRole"
        ids = [self._filled(text, asker) for text in self.listed("sts:externalid")] if assumes else []
        externals: list[Value] = [None, *((text,) for text in dict.fromkeys(ids))]
        tags = tag_choices(self.document) if assumes else [{}]
        return [
            {**sent, "sts:externalid": one, "sts:rolesessionname": (text,)}
            for sent in tags for text in names for one in externals
        ]  # fmt: skip

    def _names(self, key: str, asker: Situation) -> list[str]:
        """What the policy wants to be named like, as far as STS takes it for a name."""
        found = dict.fromkeys(self._filled(text, asker) for text in self.listed(key))
        return [text for text in found if _NAME.fullmatch(text)]

    def _filled(self, text: str, asker: Situation) -> str:
        """A text that fits the pattern, with what its variables are for the caller."""
        filled = fill(text, asker, self.document.version, wildcards=True)
        if filled.tokens is None:
            return sample(text)
        return "".join("0000" if sign == RUN else "0" if sign == ONE else sign for sign in filled.tokens)

    def _places(self) -> list[Context]:
        """Where a caller may stand: at each place that the policy names, and at none of them.

        Where the policy names very many, they are the places of one statement, and one after the other of each key.
        """
        found = {key: list(dict.fromkeys(map(_first_of, self.listed(key)))) for key in _PLACES}
        named = {key: (*texts, _ELSEWHERE) for key, texts in found.items() if texts}
        number = 1
        for texts in named.values():
            number *= len(texts)
        if number <= _MOST_PLACES:
            return [_at(named, chosen) for chosen in product(*named.values())] if named else []
        longest = max(map(len, named.values()))
        made = [_at(named, [texts[at % len(texts)] for texts in named.values()]) for at in range(longest)]
        for item in self.document.statements:
            first = {one.key.lower(): _first_of(one.values[0]) for one in reversed(item.conditions) if one.values}
            made.append(_at(named, [first.get(key, _ELSEWHERE) for key in named]))
        return [one for at, one in enumerate(made) if one not in made[:at]]

    def session(self, user: str = "", role_arn: str = "") -> Context:
        """What a role's session carries; an Identity Center user's name where one is given."""
        keys: Context = {**NO_MFA, "aws:username": None, _ISSUED: self.since}
        if role_arn:
            keys["aws:principalarn"] = (role_arn,)
            keys |= self.tags()
        if user:
            exact = [text for text in self.listed("aws:userid") if text.endswith(f":{user}") and not has_wildcard(text)]
            keys |= {"aws:userid": (exact[0] if exact else f"{_ROLE_ID}:{user}",), "identitystore:userid": PRESENT}
        return keys

    def tags(self) -> Context:
        """The session tags the policy asks for, as an identity provider would set them."""
        conditions = (item for statement in self.document.statements for item in statement.conditions)
        return {item.key.lower(): item.values[:1] for item in conditions
                if item.key.lower().startswith("aws:principaltag/")}  # fmt: skip

    def principals(self, kind: str) -> list[str]:
        """The principals of one kind that the policy names."""
        found = [item.value for statement in self.document.statements for item in statement.principals
                 if item.kind == kind and item.value != "*"]  # fmt: skip
        return list(dict.fromkeys(found))


def mfa_keys(seconds: str) -> Context:
    """What an IAM user carries who proved MFA so many seconds ago."""
    return {"aws:multifactorauthpresent": ("true",), "aws:multifactorauthage": (seconds,)}


def no_incident(_asker: Situation) -> list[Value]:
    """No incident id at all."""
    return [None]


def _at(named: Mapping[str, object], chosen: Iterable[str]) -> Context:
    return {key: (text,) for key, text in zip(named, chosen, strict=True)}


def _first_of(place: str) -> str:
    """An address of a range; endpoints and Regions are as they are."""
    return sample(place.partition("/")[0])


def sample(pattern: str, run: str = "0000") -> str:
    """A text that fits the pattern."""
    return pattern.replace("*", run).replace("?", run[0])
