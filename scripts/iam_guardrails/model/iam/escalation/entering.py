"""Who gets into roles: by their trust policies as they are, or as a caller would write them."""

from __future__ import annotations

from collections.abc import Mapping

from iam_guardrails.model.iam.answers import Answer, both
from iam_guardrails.model.iam.caller import PROVIDERS
from iam_guardrails.model.iam.document import PolicyDocument, Principal, Statement
from iam_guardrails.model.iam.escalation.choices import Chosen, chosen_by_caller, needs_more
from iam_guardrails.model.iam.escalation.context import (
    DIRECT,
    NO_MFA,
    NOBODYS,
    NOT_PROVED,
    about_target,
    of_session,
    personal,
)
from iam_guardrails.model.iam.escalation.cuts import Classes, Cut, answer_of, best, first_best
from iam_guardrails.model.iam.escalation.ground import ALLOW_ALL, ASSUME, ASSUME_SAML, ASSUME_WEB, Ground
from iam_guardrails.model.iam.escalation.guise import Guise
from iam_guardrails.model.iam.escalation.permits import Permits
from iam_guardrails.model.iam.escalation.sheets import mentioned
from iam_guardrails.model.iam.escalation.trusts import spoken
from iam_guardrails.model.iam.escalation.universe import lowest
from iam_guardrails.model.iam.evaluate import Decision, Policies, Request, decide
from iam_guardrails.model.iam.principals import Parsed
from iam_guardrails.model.iam.request import OVER_TLS, Value

_NOTHING: Mapping[str, Value] = {}


class Doors:
    """The roles of the account as somebody who wants to get in sees them."""

    def __init__(self, ground: Ground, permits: Permits) -> None:
        self.ground = ground
        self.permits = permits
        self._delegating: dict[str, Classes] = {}  # to users, and to sessions of roles
        root = Principal("AWS", ground.estate.account_id)
        self._root_trust = PolicyDocument((Statement(0, "Allow", "", (root,), (), (ASSUME,)),), "2012-10-17")
        self._services: dict[tuple[str, str], Classes] = {}
        texts = {id(trust): trust for trust in ground.trusts.documents if isinstance(trust, PolicyDocument)}
        self._everything = {at: mentioned(trust) for at, trust in texts.items()}
        self._singular = 0  # roles whose trust policies tell callers of the account apart, or are about the role
        for trust, keys in self._everything.items():
            if personal(keys) or about_target(keys) or any(chosen_by_caller(ASSUME, key) for key in keys):
                self._singular |= ground.trusts.roles[trust]
        self._singular |= ground.trusts.sparing

    def assumable(self, guise: Guise) -> Classes:
        """The roles that the guise can assume by sts:AssumeRole."""
        ground = self.ground
        named = ground.trusts.named(guise.principal) & ground.roles
        granted = bool(guise.granted & ground.actions.bit[ASSUME])
        if not granted and not named:
            return []
        cut = self.permits.cut(guise, ASSUME)
        apart = needs_more(cut.mentioned)  # what the caller sends must be allowed by both sides at once
        found = self._by_account(guise, named) if granted and not apart else []
        singular = ground.roles if apart else self._singular & ground.roles
        among = named | (singular & ground.trusts.account if granted else 0)
        by_answer: dict[Answer, int] = {}
        for part in self._parts(guise, cut, among, named, granted) if among else ():
            answer = answer_of(self.decision(guise, cut, lowest(part)))
            if answer is not False:
                by_answer[answer] = by_answer.get(answer, 0) | part
        return [*found, *by_answer.items()]

    def _by_account(self, guise: Guise, named: int) -> Classes:
        """Roles whose trust policies leave it to the account: both sides are asked once, and what they say is joined.

        That is what `decide` does: for a caller that the trust policy does not name, both must allow and none deny.
        """
        kind = guise.principal.kind
        if kind not in self._delegating:
            self._delegating[kind] = self._delegated(of_session(self.ground, kind))
        among = 0
        for _, mask in self._delegating[kind]:
            among |= mask
        classes = self.permits.on_targets(guise, ASSUME, self.ground.everybody, among, ({},), self._root_trust)
        return [(both((one, other)), mask & some & ~named) for one, mask in classes
                for other, some in self._delegating[kind] if mask & some & ~named]  # fmt: skip

    def _delegated(self, told: Mapping[str, Value]) -> Classes:
        """What those trust policies say to a caller whose own policies allow everything. told: what is known of it."""
        ground, found = self.ground, dict[Answer, int]()
        stranger = ground.trusts.stranger()
        context: dict[str, Value] = {
            "aws:resourceaccount": (ground.estate.account_id,),
            **DIRECT,
            **ground.time,
            **ground.of_callers,
            **ground.of_resources,
            **told,
        }
        for whole in ground.trusts.roles.values():
            mask = whole & ground.roles & ground.trusts.account & ~self._singular
            trust = ground.trusts.documents[lowest(mask)] if mask else None
            if isinstance(trust, PolicyDocument):
                request = Request(stranger, ASSUME, ground.everybody.arns[lowest(mask)], context, False)
                answer = answer_of(decide(request, Policies((ALLOW_ALL,), trust, resource_kind="trust")))
                if answer is not False:
                    found[answer] = found.get(answer, 0) | mask
        return list(found.items())

    def _parts(self, guise: Guise, cut: Cut, among: int, named: int, granted: bool) -> list[int]:
        parts = self.permits.parts(guise, cut, ASSUME, self.ground.everybody, among) if granted else []
        covered = 0
        for part in parts:
            covered |= part
        if not granted or named & ~covered:  # those whom the trust policy alone may let in
            parts = [*parts, *self.permits.parts_whoever_allows(guise, cut, self.ground.everybody, named & ~covered)]
        found = []
        for part in parts:
            while part:
                number = lowest(part)
                trust = self.ground.trusts.documents[number]
                same = part & self.ground.trusts.roles.get(id(trust), 0)
                part &= ~(same or 1 << number)
                if same and isinstance(trust, PolicyDocument):
                    keys = about_target(cut.mentioned | self._everything[id(trust)])
                    found += self.permits.by_keys(guise, same, ASSUME, keys) if keys else [same]
        return found

    def decision(self, guise: Guise, cut: Cut, number: int, instead: Parsed | None = None) -> Decision:
        """Whether the guise gets into one role as it is. Its trust policy must be readable.

        instead: another trust policy than its own, made of the statements of its own.
        """
        return self.weighed(guise, cut, number, instead)[0]

    def without_mfa(self, guise: Guise, number: int) -> Answer:
        """Whether a user gets into one role with an access key alone, or with a session that has proved no MFA."""
        cut = self.permits.cut(guise, ASSUME)
        return best(answer_of(self.weighed(guise, cut, number, told=state)[0]) for state in (NO_MFA, NOT_PROVED))

    def weighed(
        self, guise: Guise, cut: Cut, number: int, instead: Parsed | None = None, told: Mapping[str, Value] = _NOTHING
    ) -> tuple[Decision, Chosen]:  # fmt: skip
        """The same, with the values that the caller chooses for it. told: what is known of the request besides."""
        trust = self.ground.trusts.documents[number]
        assert isinstance(trust, PolicyDocument)
        keys = cut.mentioned | self._everything[id(trust)]
        cut = cut.asking(keys)  # the tags of the caller that the trust policy asks for are known as well
        trust = instead if isinstance(instead, PolicyDocument) else trust
        return first_best(
            self.permits.weighed(guise, cut, ASSUME, self.ground.principals[number].arn, {**about, **told}, trust)
            for about in self.permits.abouts(guise, number, ASSUME, keys)
        )

    def trusting(self, service: str, action: str = ASSUME) -> Classes:
        """The roles that let a service in, or whoever has an assertion of a provider (SAML, or Amazon Cognito)."""
        action = ASSUME_WEB if service in PROVIDERS else action
        kept = (service, action)
        if kept not in self._services:
            names = spoken(self.ground.estate.partition, service) if action == ASSUME else (service,)
            self._services[kept] = [one for name in names for one in self._trusting(name, action)]
        return self._services[kept]

    def _trusting(self, service: str, action: str) -> Classes:
        bit = self.ground.actions.bit[action]
        context: dict[str, Value] = {}
        if action == ASSUME:
            context = {"aws:sourceaccount": (self.ground.estate.account_id,), **self.ground.of_sources}
        elif action == ASSUME_SAML:
            context = {"saml:aud": ("https://signin.aws.amazon.com/saml",)}
        found: dict[Answer, int] = {}
        ground = self.ground
        context |= {**ground.time, **ground.of_resources, **OVER_TLS, **NOBODYS}
        named = ground.trusts.anybody | ground.trusts.naming.get(service, 0) | ground.trusts.saml.get(service, 0)
        for whole in ground.trusts.roles.values():
            mask = whole & named & ground.roles
            if not mask:
                continue
            number = lowest(mask)
            trust = self.ground.trusts.documents[number]
            if not isinstance(trust, PolicyDocument) or not self.ground.sheet(trust).allows & bit:
                continue
            request = Request(service, action, self.ground.principals[number].arn, context, context_complete=False)
            answer = answer_of(decide(request, Policies(resource=trust, resource_kind="trust")))
            if answer is not False:
                found[answer] = found.get(answer, 0) | mask
        return list(found.items())

    def providers(self) -> tuple[str, ...]:
        """The SAML providers that trust policies name."""
        return tuple(sorted(self.ground.trusts.saml))

    def by_provider(self, provider: str) -> Classes:
        """The roles that let in whoever has an assertion of the SAML provider."""
        return self.trusting(provider, ASSUME_SAML)
