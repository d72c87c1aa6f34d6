"""Escalation the slow way: the account as JSON, every method on every target by everybody, each request to `decide`.

It shares nothing with the search but `decide`, the parser of policies, and the list of methods.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import combinations, product
from typing import Any

from iam_guardrails.model.iam.document import PolicyDocument, parse
from iam_guardrails.model.iam.escalation.chains import Chain
from iam_guardrails.model.iam.escalation.methods import Method, Need, published
from iam_guardrails.model.iam.evaluate import Policies, Request, decide
from iam_guardrails.model.iam.request import UNKNOWN, Value

FRESH = [item for item in published() if item.category == "new-principal" and item.gain == "administrator"]
ALL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
Facts = frozenset[tuple[str, str]]
NO, MAYBE, YES = 0, 1, 2
NAMES = ("escalation", "dev-escalation", "rx", "xx", "x/dev-x", "x/x", "dev-x")  # of what is made anew
NEW = ("escalation", "dev-escalation")  # users and roles that methods create, without and with a boundary
FULL = "arn:aws:iam::aws:policy/IAMFullAccess"
IAM_ALL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:*", "Resource": "*"}]}
TAGGING = {"sts:AssumeRole": "sts:TagSession", "iam:CreateUser": "iam:TagUser", "iam:CreateRole": "iam:TagRole"}
REGIONS = ("us-east-1", "eu-west-1", "eu-central-1")


class Naive:
    """One account, as its file has it."""

    def __init__(self, content: dict[str, Any], methods: list[Method], scps: tuple[PolicyDocument, ...] = ()) -> None:
        self.methods = methods
        self.scps = (scps,) if scps else ()
        self.people = {one["Arn"]: one for name in ("UserDetailList", "RoleDetailList") for one in content[name]}
        self.starts = list(self.people)
        self.asks_boundary = "iam:PermissionsBoundary" in json.dumps(content)
        self.text = json.dumps(content).lower()  # no other condition keys are asked for
        self.groups = {one["GroupName"]: one for one in content["GroupDetailList"]}
        self.policies = {one["Arn"]: one for one in content["Policies"]}
        self.account = next(iter(self.people)).split(":")[4]
        self._read: dict[str, PolicyDocument] = {}
        self._said: dict[object, int] = {}
        if any(item.target.startswith("new-") for item in methods):
            self.people |= {one["Arn"]: one for one in self._newcomers()}
        self.whole = [ADMIN, *(arn for arn, one in self.policies.items() if _allows_all(one["PolicyVersionList"][0]))]
        self.plain = {item.id: item for item in methods}
        self.methods = [one for item in methods for one in self._expanded(item)]
        self.version: dict[str, int] = {}  # of policies whose default version is another one

    def _newcomers(self) -> Iterator[Any]:
        limit = f"arn:aws:iam::{self.account}:policy/limit"
        for kind, name, bounded in product(("User", "Role"), NEW, (False, True) if self.asks_boundary else (False,)):
            arn = f"arn:aws:iam::{self.account}:{kind.lower()}/{name}{'-limit' if bounded else ''}"
            made = {"Arn": arn, f"{kind}PolicyList": [], "AttachedManagedPolicies": [], "Tags": [], "GroupList": []}
            foreign = {"Statement": [{"Effect": "Allow", "Action": "sts:*", "Principal": {"AWS": "999988887777"}}]}
            made |= {"AssumeRolePolicyDocument": foreign, "InstanceProfileList": []} if kind == "Role" else {}
            yield made | ({"PermissionsBoundary": {"PermissionsBoundaryArn": limit}} if bounded else {})

    def _expanded(self, method: Method) -> list[Method]:
        """One method for each tag that it may set, and each policy that it may attach."""
        if method.gain == "tag":
            return [one for value in ("red", "blue") for one in self.spelled(method, f"tag team={value}")]
        if method.gain == "untag":
            return self.spelled(method, "untag team")
        some = [*self.policies, FULL] if method.gain == "grow" and len(self.policies) < 3 else []
        return [method, *(self.labelled(method, f"attach {arn}") for arn in some if arn not in self.whole)]

    def spelled(self, method: Method, gain: str) -> list[Method]:
        """The method with each spelling of the tag; it is the same tag."""
        return [self.labelled(method, gain, key) for key in ("team", "Team")]

    @staticmethod
    def labelled(method: Method, gain: str, tag: str = "team") -> Method:
        """The method as it sets one tag, or attaches one policy."""
        kind, _, rest = gain.partition(" ")
        value = rest.partition("=")[2]
        carried = {"attach": (("iam:PolicyARN", rest),), "untag": (("aws:TagKeys", tag),),
                   "tag": (("aws:TagKeys", tag), ("aws:RequestTag/team", value))}[kind]  # fmt: skip
        return replace(method, gain=gain, needs=(replace(method.needs[0], carries=carried),))

    def read(self, raw: Any) -> PolicyDocument:
        """A document; equal texts give the same one."""
        return self._read.setdefault(str(raw), parse(raw))

    def reach(self, start: str, least: int) -> Facts:
        """All that can be gained by steps that are at least so certain."""
        facts: Facts = frozenset({("act", start)})
        while True:
            more = set(facts)
            for method in self.methods:
                for target in self.targets(method):
                    if self.gained(method, target) not in more and self.works(method, target, facts) >= least:
                        more.add(self.gained(method, target))
            if more == facts:
                return facts
            facts = frozenset(more)

    def replay(self, chain: Chain, start: str, least: int) -> Facts:
        """The facts after the chain's steps, each of which must work by itself. Raises AssertionError."""
        facts: Facts = frozenset({("act", start)})
        for step in chain.steps:
            method = self.plain[step.method]
            methods = self.spelled(method, step.gain) if " " in step.gain else [method]
            method = methods[0]
            assert ("act", step.actor) in facts, f"nobody acts as {step.actor}"
            works = max(self.works(one, step.target, facts, [step.actor]) for one in methods)
            assert works >= least, f"{step} does not work"
            facts |= {self.gained(method, step.target)}
        return facts

    def administrator(self, facts: Facts, least: int, start: str) -> bool:
        """Whether the facts hold an administrator, other than the start as it was."""
        if ("administrator", "") in facts:
            return True
        before = {("act", start)}
        for kind, actor in facts:
            for variant in self.variants(actor, facts) if kind == "act" else ():
                if self._administers(actor, variant) >= least and (actor != start or facts != before):
                    return True
        return False

    def already(self, actor: str) -> int:
        """Whether somebody is an administrator to begin with."""
        return max(self._administers(actor, variant) for variant in self.variants(actor, frozenset()))

    def _administers(self, actor: str, variant: Any) -> int:
        anything = f"arn:aws:anything:us-east-1:{self.account}:anything/anything"
        ceiling, self.scps = self.scps, ()
        found = self.asked(actor, variant, "anything:Anything", anything, {"aws:principaltag/team": variant[2]})
        found = min(found, max(self.one(method, "", actor, variant, frozenset()) for method in FRESH))
        self.scps = ceiling
        return found

    def targets(self, method: Method) -> list[str]:
        kind = method.target.removeprefix("new-")
        if kind in ("user", "role"):
            old = [arn for arn in self.starts if f":{kind}/" in arn]
            new = [arn for arn in self.people if f":{kind}/" in arn and arn not in self.starts]
            changed = method.gain not in ("act", "trust") or method.passes_to is not None
            return new if kind != method.target else old + new if changed else old
        if method.target == "group":
            return [one["Arn"] for one in self.groups.values()]
        return list(self.policies) if method.target == "policy" else [""]

    def gained(self, method: Method, target: str) -> tuple[str, str]:
        return method.gain, target

    def works(self, method: Method, target: str, facts: Facts, actors: list[str] | None = None) -> int:
        actors = [arn for kind, arn in facts if kind == "act"] if actors is None else actors
        return max((self.one(method, target, actor, variant, facts)
                    for actor in actors for variant in self.variants(actor, facts)), default=NO)  # fmt: skip

    def one(self, method: Method, target: str, actor: str, variant: Any, facts: Facts) -> int:
        if method.only and not self._counts(method, target):
            return NO
        names = NAMES if any("{new}" in need.on for need in method.needs) else NAMES[:1]
        regions = REGIONS if any("{region}" in need.on for need in method.needs) else REGIONS[:1]
        answers = [MAYBE if method.facts else YES]
        if method.trusted:
            answers.append(self._trusts(method, target, facts))
        answers.append(max(min(self._need(method, need, target, (name, region), actor, variant, facts)
                               for need in method.needs) for name in names for region in regions))  # fmt: skip
        return min(answers)

    def _counts(self, method: Method, target: str) -> bool:
        if "instance profile" in method.only:
            return bool(self.people[target]["InstanceProfileList"])
        first, *older = self.policies[target]["PolicyVersionList"]
        if "five versions" in method.only:
            return (len(older) < 4) is ("fewer" in method.only)
        return any(one["Document"] != first["Document"] for one in older)

    def _trusts(self, method: Method, target: str, facts: Facts) -> int:
        if method.passes_to is not None and ("trust", target) in facts:
            return YES
        trust = self.read(self.people[target]["AssumeRolePolicyDocument"])
        context = {"aws:sourceaccount": (self.account,)}
        request = Request(method.trusted, "sts:AssumeRole", target, context, False)
        return _level(decide(request, Policies(resource=trust, resource_kind="trust")).decision)

    def _need(
        self, method: Method, need: Need, target: str, named: tuple[str, str], actor: str, variant: Any, facts: Facts
    ) -> int:
        if any(value == "administrator" for _, value in need.carries):
            keys = [key for key, value in need.carries if value == "administrator"]
            rest = tuple(pair for pair in need.carries if pair[1] != "administrator")
            return max(self._need(method, replace(need, carries=(*rest, *((key, arn) for key in keys))), target, named,
                                  actor, variant, facts) for arn in self.whole)  # fmt: skip
        name, region = named
        resource = target if need.on == "target" else "*"
        if "{" in need.on:
            resource = need.on.format(partition="aws", region=region, account=self.account, new=name)
        context: dict[str, Value] = {}
        if need.action == "iam:PassRole":
            context["iam:passedtoservice"] = (method.passes_to or "",)
        for key, value in need.carries:
            context[key.lower()] = None if value == "absent" else (value,)
        identity, boundary, own = variant
        mine = {"aws:principaltag/team": own}
        theirs = self._teams(resource, facts, False) if resource in self.people else [None]
        tags = ("aws:resourcetag/team", "iam:resourcetag/team")
        if need.action != "iam:PassRole" and resource in self.people:
            return max(self._chosen(need, target, facts, actor, (identity, boundary), resource,
                                    {**context, **mine, **dict.fromkeys(tags, team)}) for team in theirs)  # fmt: skip
        return self._chosen(need, target, facts, actor, (identity, boundary), resource, {**context, **mine})

    def _chosen(
        self, need: Need, target: str, facts: Facts, actor: str, variant: Any, resource: str, context: dict[str, Value]
    ) -> int:  # fmt: skip
        """The best answer over all that the caller may send along."""
        options: dict[str, list[Value]] = {}
        if need.action == "sts:AssumeRole":
            options = {"sts:externalid": [None, ("x1",), ("zz",)], "sts:rolesessionname": [("s1",), ("zz",)],
                       "aws:requestedregion": [(region,) for region in REGIONS]}  # fmt: skip
        if need.action in TAGGING:
            options["aws:requesttag/team"] = [None, ("red",), ("blue",)]
        options = {key: values for key, values in options.items() if key in self.text}
        found = NO
        for chosen in map(dict, product(*([(key, value) for value in values] for key, values in options.items()))):
            team = chosen.get("aws:requesttag/team")
            sent = {
                **context,
                **chosen,
                **({"aws:tagkeys": ("team",) if team else None} if need.action in TAGGING else {}),
            }
            answer = self._by_trust(need, target, facts, actor, variant, resource, sent)
            if team and answer != NO:
                other = Need(TAGGING[need.action], need.on, need.trust)
                answer = min(answer, self._by_trust(other, target, facts, actor, variant, resource, sent))
            found = max(found, answer)
        return found

    def _by_trust(
        self, need: Need, target: str, facts: Facts, actor: str, variant: Any, resource: str, context: dict[str, Value]
    ) -> int:  # fmt: skip
        if not need.trust:
            return self.asked(actor, variant, need.action, resource, context)
        trust = self.read(self.people[target]["AssumeRolePolicyDocument"]) if target else None
        found = self.asked(actor, variant, need.action, resource, context, trust) if trust else NO
        if need.trust == "written" or ("trust", target) in facts:
            session = actor.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/") + "/s"
            caller = session if ":role/" in actor else actor
            written = self.read({"Statement": [{"Effect": "Allow", "Action": "sts:*", "Principal": {"AWS": caller}}]})
            return max(found, self.asked(actor, variant, need.action, resource, context, written, caller))
        return found

    def asked(
        self, actor: str, variant: Any, action: str, resource: str, context: Mapping[str, Value],
        trust: PolicyDocument | None = None, caller: str = "",
    ) -> int:  # fmt: skip
        identity, boundary = variant[:2]
        about = self.people.get(resource)
        known: dict[str, Value] = {"aws:principalarn": (actor,), "aws:principaltag/team": _team(self.people[actor])}
        if action.startswith(("iam:", "sts:")) and action not in (*TAGGING, *TAGGING.values()):
            known |= {"aws:requesttag/team": None, "aws:tagkeys": None}
        if not action.startswith("sts:"):
            known |= {"sts:externalid": None, "sts:rolesessionname": None}
        if ":role/" in actor:
            known |= {"aws:username": None, "aws:multifactorauthpresent": None}  # AssumeRole's credentials tell no MFA
        if resource.count(":") > 4 and not action.startswith("sts:") and action != "iam:PassRole":
            known["aws:requestedregion"] = (resource.split(":")[3] or "us-east-1",)
        if not action.startswith(("iam:", "sts:")) or ":group/" in resource:
            known["iam:resourcetag/team"] = None
        if ":group/" in resource:
            known["iam:permissionsboundary"] = None
        if not action.startswith(("iam:", "sts:")):
            known |= {"iam:permissionsboundary": None, "iam:policyarn": None, "iam:passedtoservice": None}
        if about is not None:
            limit = about.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
            bounded = ("Boundary" in action or "Policy" in action or "Create" in action) and "Assume" not in action
            bounded = bounded and "Key" not in action and "Login" not in action
            known["iam:permissionsboundary"] = (limit,) if limit and bounded else None
            if action != "iam:PassRole":
                known |= {"iam:resourcetag/team": _team(about), "aws:resourcetag/team": _team(about)}
        papers = (tuple(map(id, identity)), id(boundary), id(trust), bool(self.scps))
        kept = (actor, papers, action, resource, str(context), caller)
        if kept in self._said:
            return self._said[kept]
        policies = Policies(identity, trust, boundary, scps=self.scps, resource_kind="trust" if trust else "")
        request = Request(caller or actor, action, resource, {**known, **context}, context_complete=False)
        self._said[kept] = _level(decide(request, policies).decision)
        return self._said[kept]

    def _teams(self, arn: str, facts: Facts, caller: bool) -> list[Value]:
        """The values that the tag team of somebody can have; as a caller, a role entered by its new trust has any."""
        found: list[Value] = [_team(self.people[arn])]
        found += [("red",)] if ("tag team=red", arn) in facts else []
        found += [None] if ("untag team", arn) in facts else []
        found += [(kind.partition("=")[2],) for kind, who in facts if who == arn and kind.startswith("tag team=")]
        found += [UNKNOWN] if caller and ("trust", arn) in facts else []
        return [one for number, one in enumerate(found) if one not in found[:number]]

    def variants(self, actor: str, facts: Facts) -> Iterator[Any]:
        """What the actor can have: each choice of policies and of its tag (identity policies, boundary, tag)."""
        for identity, boundary in self._papers(actor, facts):
            for team in self._teams(actor, facts, True):
                yield identity, boundary, team

    def _papers(self, actor: str, facts: Facts) -> Iterator[tuple[tuple[PolicyDocument, ...], PolicyDocument | None]]:
        """The policies that the actor can have: with any open groups, and without any documents that can go."""
        person = self.people[actor]
        open_groups = [name for name, one in self.groups.items() if ("open", one["Arn"]) in facts]
        joinable = open_groups if ":user/" in actor else []
        limit = person.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
        free = bool({("unbound", actor), ("rewrite", limit)} & facts)
        for _ in self._choices(facts):
            boundary = None if not limit or free else self._managed(limit)
            yield from self._variants(person, joinable, boundary, facts)

    def _choices(self, facts: Facts) -> Iterator[None]:
        """Sets the versions of the policies that can be chosen, each choice in turn."""
        resettable = [arn for arn in self.policies if ("reset", arn) in facts]
        for chosen in product(*(range(len(self.policies[arn]["PolicyVersionList"])) for arn in resettable)):
            self.version = dict(zip(resettable, chosen, strict=True))
            yield
        self.version = {}

    def _variants(
        self, person: Any, joinable: list[str], boundary: PolicyDocument | None, facts: Facts
    ) -> Iterator[tuple[tuple[PolicyDocument, ...], PolicyDocument | None]]:
        actor = person["Arn"]
        for joined in _subsets(joinable):
            kept, removable, grown = self._held(person, "User" if ":user/" in actor else "Role", facts)
            for name in dict.fromkeys([*person.get("GroupList", []), *joined]):
                more, away, also = self._held(self.groups[name], "Group", facts)
                if ("leave", self.groups[name]["Arn"]) in facts:
                    more, away = [], more + away
                kept, removable, grown = kept + more, removable + away, grown or also
            removable = removable + self._attached([actor, *self._group_arns(person, joined)], facts)
            for gone in _subsets(range(len(removable))):
                documents = kept + [one for number, one in enumerate(removable) if number not in gone]
                yield tuple(documents + ([self.read(ALL)] if grown else [])), boundary

    def _held(self, holder: Any, kind: str, facts: Facts) -> tuple[list[PolicyDocument], list[PolicyDocument], bool]:
        """What stays, what can go, and whether an administrator's policy comes on top."""
        kept: list[PolicyDocument] = []
        removable: list[PolicyDocument] = []
        arn = holder["Arn"]
        grown = bool({("grow", arn), ("replace", arn)} & facts)
        for one in holder[f"{kind}PolicyList"]:
            away = {("replace", arn), ("strip-inline", arn)} & facts
            (removable if away else kept).append(self.read(one["PolicyDocument"]))
        own = [kind.removeprefix("attach ") for kind, who in facts if who == arn and kind.startswith("attach ")]
        grown = grown or any(("rewrite", one) in facts for one in own)
        for one in holder["AttachedManagedPolicies"]:
            grown = grown or ("rewrite", one["PolicyArn"]) in facts
            away = {("rewrite", one["PolicyArn"]), ("strip-managed", arn)} & facts
            (removable if away else kept).append(self._managed(one["PolicyArn"]))
        return kept, removable, grown

    def _group_arns(self, person: Any, joined: tuple[Any, ...]) -> list[str]:
        return [self.groups[name]["Arn"] for name in (*person.get("GroupList", []), *joined)]

    def _attached(self, holders: list[str], facts: Facts) -> list[PolicyDocument]:
        """The documents that the chain could attach; which of them it did, is up to it."""
        arns = {kind.removeprefix("attach ") for kind, who in facts if kind.startswith("attach ") and who in holders}
        return [self._managed(arn) for arn in sorted(arns)]

    def _managed(self, arn: str) -> PolicyDocument:
        if arn == FULL and arn not in self.policies:
            return self.read(IAM_ALL)
        return self.read(self.policies[arn]["PolicyVersionList"][self.version.get(arn, 0)]["Document"])


def _allows_all(version: Any) -> bool:
    told = version["Document"]["Statement"]
    whole = any(
        one.get("Action") in ("*", ["*"]) and one.get("Resource") == "*" and "Condition" not in one for one in told
    )
    return whole and all(one["Effect"] == "Allow" for one in told)


def _team(person: Any) -> Value:
    return next(((tag["Value"],) for tag in person["Tags"] if tag["Key"] == "team"), None)


def _level(decision: str) -> int:
    return {"allowed": YES, "depends": MAYBE}.get(decision, NO)


def _subsets(items: Any) -> list[tuple[Any, ...]]:
    listed = list(items)
    return [one for size in range(len(listed) + 1) for one in combinations(listed, size)]
