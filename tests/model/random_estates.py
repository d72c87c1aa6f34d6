"""Small random accounts with resources, keys and their policies, and the question put to `decide` pair by pair."""

from __future__ import annotations

from random import Random
from typing import Any

from iam_guardrails.model.iam.document import PolicyDocument, parse
from iam_guardrails.model.iam.evaluate import Policies, Request, decide
from iam_guardrails.model.iam.principals import Estate, Group, ManagedPolicy, Principal
from iam_guardrails.model.iam.reach.question import Held, Question, request
from iam_guardrails.model.iam.reach.subject import TAG, subject_of
from iam_guardrails.model.unknown import Unknown

ACCOUNT, OTHER = "111122223333", "444455556666"
IAM = f"arn:aws:iam::{ACCOUNT}"
SECRET = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:"
RESOURCES = (f"{SECRET}blue/a-AbCdEf", f"{SECRET}red/b-AbCdEf", f"{SECRET}red/bb:c-AbCdEf",
             "arn:aws:s3:::bucket/blue/x",
             f"arn:aws:secretsmanager:eu-west-1:{OTHER}:secret:blue/z-AbCdEf")  # fmt: skip
MORE = (f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1", f"{IAM}:role/r0", f"{IAM}:role/deep/r1", f"{IAM}:user/u0",
        f"{IAM}:role/aws-service-role/r2")  # fmt: skip
KEYS = (f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1", f"arn:aws:kms:us-east-1:{OTHER}:key/2")
ACTIONS = ("secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue", "s3:GetObject", "sqs:SendMessage",
           "kms:Decrypt", "sts:AssumeRole", "iam:PutRolePolicy", "kms:RetireGrant", "ssm:GetParameter")  # fmt: skip
PATTERNS = ("*", SECRET + "*", SECRET + "red/*", SECRET + "?ed/b-??????",
            f"arn:aws:secretsmanager:*:{ACCOUNT}:secret:blue*",
            "arn:aws:s*:*", SECRET + "${aws:PrincipalTag/team}/*", SECRET + "${aws:username}/*", RESOURCES[0],
            SECRET + "${aws:PrincipalTag/none, 'blue'}/*", SECRET + "${aws:SourceIp}*", "arn:aws:s3:::bucket/*",
            *KEYS, "arn:aws:kms:*", f"{IAM}:role/*", f"{IAM}:role/r1", f"{IAM}:role/deep/*")  # fmt: skip
NAMED = ("*", "secretsmanager:*", "secretsmanager:Get*", "secretsmanager:getsecretvalue", "s3:GetObject", "kms:Decrypt",
         "kms:*", "sts:AssumeRole", "sts:*", "iam:PutRolePolicy", "iam:*", "s?s:*", "secretsmanager:Put*",
         "iam:UpdateAssumeRolePolicy", "kms:PutKeyPolicy", "iam:CreatePolicyVersion", "iam:AddUserToGroup",
         "kms:CreateGrant", "iam:Attach*", "iam:SetDefaultPolicyVersion", "iam:PutGroupPolicy",
         "secretsmanager:PutResourcePolicy", "iam:Delete*", "ssm:GetParameter", "kms:RetireGrant")  # fmt: skip
CONDITIONS: tuple[dict[str, Any], ...] = (
    {"StringEquals": {"aws:PrincipalTag/team": "blue"}}, {"StringNotEquals": {"aws:PrincipalTag/Team": "red"}},
    {"ArnLike": {"aws:PrincipalArn": f"{IAM}:role/r*"}}, {"ArnNotLike": {"aws:PrincipalArn": f"{IAM}:user/*"}},
    {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}, {"StringNotEquals": {"aws:PrincipalAccount": [ACCOUNT]}},
    {"StringLike": {"aws:username": "u*"}}, {"Null": {"aws:PrincipalTag/none": "true"}},
    {"Bool": {"aws:MultiFactorAuthPresent": "true"}}, {"Bool": {"aws:SecureTransport": "false"}},
    {"Bool": {"aws:SecureTransport": "true"}},
    {"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}},
    {"StringLike": {"aws:userid": "AIDA*"}}, {"StringEquals": {"aws:ResourceAccount": "${aws:PrincipalAccount}"}},
    {"StringNotEquals": {"aws:RequestedRegion": "us-east-1"}}, {"Bool": {"aws:PrincipalIsAWSService": "false"}},
    {"StringEquals": {"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}},
    {"StringLike": {"kms:EncryptionContext:SecretARN": SECRET + "red/*"}},
    {"StringEqualsIfExists": {"aws:SourceVpce": "vpce-1"}, "StringEquals": {"aws:PrincipalTag/team": ["blue", "red"]}},
)  # fmt: skip
CALLERS = ("*", ACCOUNT, f"{IAM}:root", f"{IAM}:role/r0", f"{IAM}:role/deep/r1", f"{IAM}:user/u0", OTHER,
           f"arn:aws:iam::{OTHER}:role/x", f"arn:aws:sts::{ACCOUNT}:assumed-role/r0/s", "AIDAU0XXXXXX",
           "AROAR0XXXXXX")  # fmt: skip


# of the services, AWS does not list ssm as one that resource control policies support
BOUND = ("s3:*", "secretsmanager:*", "secretsmanager:Get*", "kms:Decrypt", "kms:*", "sts:AssumeRole", "ssm:*")
PATHS = {"role": {1: "/deep/", 2: "/aws-service-role/"}, "user": {1: "/deep/"}}


class Maker:
    """Random estates and questions; the same seed gives the same ones."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)

    def _some(self, among: tuple[Any, ...], most: int = 2) -> list[Any]:
        return self.chance.sample(among, self.chance.randint(1, most))

    def statement(self, kind: str = "identity") -> dict[str, Any]:
        pick = self.chance
        made: dict[str, Any] = {"Effect": "Deny" if pick.random() < 0.25 else "Allow"}
        actions = ("sts:AssumeRole", "sts:*", "sts:TagSession") if kind == "trust" else NAMED
        made["NotAction" if pick.random() < 0.12 and kind != "trust" else "Action"] = self._some(actions, 3)
        if kind != "trust":
            wide = ["*"] if pick.random() < 0.3 else self._some(PATTERNS)
            made["NotResource" if pick.random() < 0.15 else "Resource"] = wide
        if kind != "identity":
            who: object = {"AWS": self._some(CALLERS)} if pick.random() < 0.85 else {"Service": "ec2.amazonaws.com"}
            denied = made["Effect"] == "Deny" and kind != "trust" and pick.random() < 0.3
            made["NotPrincipal" if denied else "Principal"] = "*" if pick.random() < 0.1 and not denied else who
        if pick.random() < 0.35:
            made["Condition"] = pick.choice(CONDITIONS)
        return made

    def of_organization(self, item: dict[str, Any]) -> dict[str, Any]:
        """A statement as AWS takes it in a resource control policy: a Deny, of named services."""
        rest = {name: value for name, value in item.items() if name != "NotAction"}
        return {**rest, "Effect": "Deny", "Principal": "*", "Action": self._some(BOUND, 2)}

    def document(self, kind: str = "identity", most: int = 3) -> dict[str, Any]:
        made = {"Version": self.chance.choice(["2012-10-17", "2012-10-17", "2008-10-17"])}
        return {**made, "Statement": [self.statement(kind) for _ in range(self.chance.randint(1, most))]}

    def source(self) -> Any:
        return Unknown("not in the file") if self.chance.random() < 0.04 else self.document()

    def principal(self, kind: Any, number: int, policies: list[str], groups: list[str]) -> Principal:
        pick, letter = self.chance, kind[0]
        path = PATHS[kind].get(number, "/")
        own = f"{kind}{path}{letter}{number}"
        return Principal(
            kind, f"{letter}{number}", path, f"{IAM}:{own}", f"AIDAU{number}XXXXXX" if kind == "user" else "",
            self.document("trust", 2) if kind == "role" else None,
            tuple((f"p{at}", self.source()) for at in range(pick.randint(0, 2))),
            tuple(pick.sample(policies, pick.randint(0, 2))),
            tuple(pick.sample(groups, pick.randint(0, 2))) if kind == "user" else (),
            pick.choice(policies) if pick.random() < 0.3 else "",
            (("Team", pick.choice(["blue", "red"])),) if pick.random() < 0.6 else (),
        )  # fmt: skip

    def estate(self) -> Estate:
        policies = {f"{IAM}:policy/m{at}": self.source() for at in range(3)}
        groups = {name: Group(name, "/", f"{IAM}:group/{name}", (("g", self.source()),),
                              tuple(self.chance.sample(sorted(policies), 1))) for name in ("g0", "g1")}  # fmt: skip
        listed = sorted(policies)
        return Estate(
            ACCOUNT, "aws", tuple(self.principal("user", at, listed, [*groups, "gone"]) for at in range(2)), groups,
            tuple(self.principal("role", at, listed, []) for at in range(3)),
            {arn: ManagedPolicy(arn, arn[-2:], "/", source, "v2", (("v1", self.source()), ("v2", source)))
             for arn, source in policies.items()},
        )  # fmt: skip

    def question(self) -> Question:
        pick = self.chance
        told = {arn: Held(parse(self.document("resource")) if pick.random() < 0.6 else None,
                          pick.choice([None, *KEYS])) for arn in RESOURCES if pick.random() < 0.9}  # fmt: skip
        told |= {key: Held(parse(self.document("key"))) for key in KEYS}
        scps = None
        if pick.random() < 0.3:
            scps = (
                (parse({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}), parse(self.document())),
            )
        rcps = None
        if pick.random() < 0.3:
            everybody = [self.of_organization(item) for item in self.document()["Statement"]]
            whole = (ALL,) if pick.random() < 0.8 else ()
            rcps = ((*whole, parse({"Version": "2012-10-17", "Statement": everybody})),)
        exempt = frozenset(pick.sample(["scp", "rcp"], pick.randint(0, 2))) if pick.random() < 0.2 else frozenset()
        return Question(tuple(self._some(ACTIONS)), RESOURCES + tuple(self._some(MORE)), told, scps, rcps, exempt)


def decided(estate: Estate, principal: Principal, question: Question, action: str, resource: str) -> str:
    """yes, no or depends: by the reference, for the resource and its key together."""
    role = next((item for item in estate.roles if item.arn == resource and action.startswith("sts:")), None)
    answers = [_decided(estate, principal, question, asked.action, asked.resource, asked.context, role)
               for legs in (question.asked(), *question.key_legs(estate))
               for goal, asked in zip(question.goals(), legs, strict=True)
               if asked and goal == (action, resource)]  # fmt: skip
    if "no" in answers:
        return "no"
    return "depends" if "depends" in answers else "yes"


def becomes(estate: Estate, principal: Principal, question: Question, role: Principal) -> str:
    """Whether a caller can assume a role: yes, no or depends, by the reference."""
    return _decided(estate, principal, question, "sts:AssumeRole", role.arn, _of_role(estate, role), role)


def _of_role(estate: Estate, role: Principal) -> dict[str, Any]:
    """What is known of a request for a role."""
    names = {key.lower() for item in estate.roles for key, _ in item.tags}
    tags = dict.fromkeys(names) | {key.lower(): (value,) for key, value in role.tags}
    return {f"aws:resourcetag/{name}": value for name, value in tags.items()} | {"aws:resourceaccount": (ACCOUNT,)}


def may(estate: Estate, principal: Principal, question: Question, action: str, resource: str) -> str:
    """Whether a caller may do something to a resource: yes, no or depends, by the reference."""
    role = next((item for item in estate.roles if item.arn == resource), None)
    told = _of_role(estate, role) if role else request(action, resource, question.owner(resource)).context
    if action in ("kms:PutKeyPolicy", "kms:CreateGrant"):  # which it asks for itself, not a service in its name
        told = {**told, "kms:viaservice": None, "kms:grantisforawsresource": ("false",)}
    return _decided(estate, principal, question, action, resource, told)


def _decided(
    estate: Estate, principal: Principal, question: Question, action: str, resource: str, more: Any,
    role: Principal | None = None,
) -> str:  # fmt: skip
    documents = [document for _, document in estate.identity_documents(principal)]
    boundary = estate.boundary_document(principal)
    unknown = any(isinstance(item, Unknown) for item in (*documents, boundary))
    found = set()
    for filled in FILLINGS if unknown else (None,):
        taken = [item for item in (_known(item, filled) for item in documents) if item is not None]
        asked = (action, resource, more, estate.trust_document(role) if role else None)
        found.add(_weighed(estate, principal, question, asked, taken, _known(boundary, filled)))
    return found.pop() if len(found) == 1 else "depends"


ALL_TEXT = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
ALL = parse(ALL_TEXT)
NONE = parse({"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}})
FILLINGS = (ALL, NONE, parse({"Statement": []}))  # what an unknown document could say, at its widest and narrowest


def _known(item: Any, filled: PolicyDocument | None) -> PolicyDocument | None:
    return filled if isinstance(item, Unknown) else item


def _weighed(
    estate: Estate, principal: Principal, question: Question, asked: Any, documents: list[PolicyDocument],
    boundary: PolicyDocument | None,
) -> str:  # fmt: skip
    action, resource, more, trust = asked
    subject = subject_of(estate, principal)
    tags = {f"{TAG}{name}": subject.value(f"{TAG}{name}") for name in ("team", "none")}
    context = {**subject.context, **tags, **more}
    held = trust or question.held(resource).policy
    policies = Policies(
        identity=tuple(documents), resource=held if isinstance(held, PolicyDocument) else None, boundary=boundary,
        scps=question.scps or (), rcps=question.rcps or (), exempt=question.exempt,
        resource_account=question.owner(resource),
    )  # fmt: skip
    for tls in ({"aws:SecureTransport": ("true",)}, {}):  # the caller chooses it
        request = Request(principal.arn, action, resource, {**context, **tls}, False)
        verdict = decide(request, policies).decision
        if verdict in ("allowed", "depends"):
            break
    return {"allowed": "yes", "depends": "depends"}.get(verdict, "no")
