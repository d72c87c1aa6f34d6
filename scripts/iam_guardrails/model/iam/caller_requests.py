"""The requests that callers of a break-glass role can send, given its trust policy and what guardrails.toml expects."""

from __future__ import annotations

import re
from datetime import datetime

from iam_guardrails.model.expected import Expected
from iam_guardrails.model.iam.admission import SOURCE_IDENTITY
from iam_guardrails.model.iam.caller import PRESENT, Value
from iam_guardrails.model.iam.document import PolicyDocument
from iam_guardrails.model.iam.match import glob_match, has_wildcard
from iam_guardrails.model.iam.request import Request
from iam_guardrails.model.iam.session_tags import no_tags, tag_choices
from iam_guardrails.model.iam.times import settled
from iam_guardrails.model.iam.trust import account_of

Context = dict[str, Value]
_ROLE_ID = "AROAEXAMPLEEXAMPLE12"
NO_MFA: Context = {"aws:multifactorauthpresent": None, "aws:multifactorauthage": None}
_NOT_CHOSEN: Context = {"sts:externalid": None, "sts:rolesessionname": PRESENT}
_NAME, _NAME_OF_ITS_OWN = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII), "a-name-of-its-own"  # AWS STS API, AssumeRole
_USERNAME = re.compile(r"\$\{aws:username\}", re.IGNORECASE)
_PLACES = ("aws:sourceip", "aws:sourcevpc", "aws:sourcevpce", "aws:vpcsourceip", "aws:requestedregion")
_ELSEWHERE = "192.0.2.254"  # no address that anybody has (RFC 5737), and no endpoint or Region


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
        pattern = expected.incident_id_pattern
        own = [sample(text) for text in self.listed(SOURCE_IDENTITY)]
        samples = [sample(pattern), *(text for text in own if glob_match(pattern, text))] if pattern else []
        declared = list(dict.fromkeys(samples))
        self.with_incident: list[Value] = [(text,) for text in declared] or [None, *((text,) for text in own)]
        self.any_incident: list[Value] = list(dict.fromkeys([*self.with_incident, None, *((text,) for text in own)]))

    def listed(self, key: str) -> list[str]:
        """What the policy lists for one condition key (lower case)."""
        return [text for item in self.document.statements for condition in item.conditions
                if condition.key.lower() == key for text in condition.values]  # fmt: skip

    def asks(
        self,
        principal: str,
        context: Context,
        incidents: list[Value],
        action: str = "sts:AssumeRole",
        *,
        chooses: bool = True,
    ) -> tuple[Request, ...]:
        """One request per incident id and choice, and the same from every place.

        chooses: whether the caller gives the session its name, and an external id; the console does not ask for them.
        """
        unchosen = [{**_NOT_CHOSEN, **no_tags(self.document)}]  # the console sends no tags
        choices = self.choices(principal, action) if chooses else unchosen
        contexts: list[Context] = [
            {**choice, **self.time, **context, SOURCE_IDENTITY: incident}
            for choice in choices
            for incident in incidents
        ]
        contexts += [{**place, **one} for place in self.places() for one in tuple(contexts)]
        return tuple(Request(principal, action, self.role_arn, one, False) for one in contexts)

    def choices(self, principal: str, action: str) -> list[Context]:
        """The external ids, session names and tags that a caller may choose, as far as the policy tells them apart.

        An assertion of a SAML provider holds the name of its session, and a service chooses as it likes.
        """
        if not principal.startswith("arn:") or action == "sts:AssumeRoleWithSAML":
            return [_NOT_CHOSEN]
        name = principal.rpartition("/")[2] if ":user/" in principal else ""
        own = [sample(_filled(text, name)) for text in self.listed("sts:rolesessionname")]
        names = dict.fromkeys([_NAME_OF_ITS_OWN, *(text for text in own if _NAME.fullmatch(text))])
        ids = (
            [sample(_filled(text, name)) for text in self.listed("sts:externalid")]
            if action == "sts:AssumeRole"
            else []
        )
        externals: list[Value] = [None, *((text,) for text in dict.fromkeys(ids))]
        tags = tag_choices(self.document) if action == "sts:AssumeRole" else [{}]
        return [
            {**sent, "sts:externalid": one, "sts:rolesessionname": (text,)}
            for sent in tags for text in names for one in externals
        ]  # fmt: skip

    def places(self) -> list[Context]:
        """Where a caller may stand: at a place that the policy names, or at none of them."""
        found = {key: self.listed(key) for key in _PLACES}
        named: Context = {key: (texts[0].partition("/")[0],) for key, texts in found.items() if texts}
        return [named, dict.fromkeys(named, (_ELSEWHERE,))] if named else []

    def session(self, user: str = "", role_arn: str = "") -> Context:
        """What a role's session carries; an Identity Center user's name where one is given."""
        keys: Context = {**NO_MFA, "aws:username": None, "aws:tokenissuetime": PRESENT}
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


def _filled(text: str, username: str) -> str:
    return _USERNAME.sub(username, text) if username else text


def sample(pattern: str, run: str = "0000") -> str:
    """A text that fits the pattern."""
    return pattern.replace("*", run).replace("?", run[0])
