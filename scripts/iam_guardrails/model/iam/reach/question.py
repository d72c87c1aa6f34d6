"""Which actions on which resources, and what is told of the resources: their policies and their keys.

Sources: AWS Secrets Manager User Guide, security-encryption ("Permissions for the KMS key": who reads a secret value
needs kms:Decrypt on its key, asked for in the reader's name with the encryption context SecretARN and
SecretVersionId; the AWS managed key aws/secretsmanager needs no permission of its own); AWS KMS Developer Guide,
policy-conditions (kms:ViaService, kms:CallerAccount, kms:EncryptionContext:…); AWS Systems Manager User Guide,
sysman-paramstore-access; Amazon S3 User Guide, UsingKMSEncryption; AWS IAM User Guide,
reference_policies_condition-keys (aws:ResourceAccount, aws:RequestedRegion).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from iam_guardrails.model.iam.caller import PRESENT, Value
from iam_guardrails.model.iam.document import PolicyDocument
from iam_guardrails.model.iam.principals import Estate, Parsed
from iam_guardrails.model.iam.reach.leg import Asked
from iam_guardrails.model.iam.trust import account_of
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import field, frozen

UNTOLD = Unknown("nobody told it")
# action (lower case) -> what its caller needs on the customer managed key
KEY_ACTIONS: Mapping[str, tuple[str, ...]] = {
    "secretsmanager:getsecretvalue": ("kms:Decrypt",),
    "secretsmanager:createsecret": ("kms:GenerateDataKey", "kms:Decrypt"),
    "secretsmanager:putsecretvalue": ("kms:GenerateDataKey", "kms:Decrypt"),
    "secretsmanager:updatesecret": ("kms:GenerateDataKey", "kms:Decrypt"),
    **{f"ssm:{name}": ("kms:Decrypt",)
       for name in ("getparameter", "getparameters", "getparametersbypath", "getparameterhistory")},
    "s3:getobject": ("kms:Decrypt",), "s3:getobjectversion": ("kms:Decrypt",), "s3:putobject": ("kms:GenerateDataKey",),
}  # fmt: skip
_WITH_KEYS = frozenset(action.partition(":")[0] for action in KEY_ACTIONS)


@frozen
class Held:
    """What is told of one resource, or of one key.

    policy: its policy, None where it has none, Unknown where nobody told.  key: the ARN of the customer managed key
    that encrypts it, None for AWS's own key, Unknown where nobody told.  account_id: its owner, "" where the ARN tells.
    """

    policy: Parsed | None = UNTOLD
    key: str | Unknown | None = UNTOLD
    account_id: str = ""


_OF_IAM = Held(None, None)


@frozen
class Question:
    """Who can do one of `actions` on each of `resources`? told: ARN of a resource or a key -> what is told of it.

    scps, rcps: one entry per level, each with its policies; None where they are not looked at.
    """

    actions: tuple[str, ...]
    resources: tuple[str, ...]
    told: Mapping[str, Held] = field(default_factory=dict)
    scps: tuple[tuple[PolicyDocument, ...], ...] | None = None
    rcps: tuple[tuple[PolicyDocument, ...], ...] | None = None
    exempt: frozenset[str] = frozenset()

    def held(self, resource: str) -> Held:
        """What is told of a resource. Users, groups, roles and managed policies of IAM have no policy on them."""
        return self.told.get(resource) or (_OF_IAM if resource.split(":", 3)[2:3] == ["iam"] else Held())

    def goals(self) -> Iterator[tuple[str, str]]:
        """Each action with each resource: bit n of every mask is the n-th."""
        return ((action, resource) for action in self.actions for resource in self.resources)

    def asked(self) -> list[Asked]:
        """The requests themselves."""
        return [request(action, resource, self.owner(resource)) for action, resource in self.goals()]

    def owner(self, resource: str) -> str:
        """The account that owns a resource, "" where nobody tells."""
        return self.held(resource).account_id or account_of(resource)

    def shut(self, account_id: str) -> int:
        """The goals (a mask) that nobody of an account reaches: values of another account's secrets under AWS's key.

        Source: AWS Secrets Manager User Guide, auth-and-access_examples_cross: access from another account needs a
        customer managed key; the policy of aws/secretsmanager admits its own account alone.
        """
        return sum(
            1 << bit for bit, (action, resource) in enumerate(self.goals())
            if action.lower() in KEY_ACTIONS and action.lower().startswith("secretsmanager:")
            and self.held(resource).key is None and self.owner(resource) not in ("", account_id)
        )  # fmt: skip

    def key_legs(self, estate: Estate) -> list[list[Asked | None]]:
        """The requests to KMS that go with them; a request needs all that stand at its place."""
        depth = max((len(KEY_ACTIONS.get(action.lower(), ())) for action in self.actions), default=0)
        legs = []
        for number in range(depth):
            leg = [self._on_key(action, resource, number, estate) for action, resource in self.goals()]
            if any(leg):
                legs.append(leg)
        return legs

    def _on_key(self, action: str, resource: str, number: int, estate: Estate) -> Asked | None:
        needed = KEY_ACTIONS.get(action.lower(), ())
        key = self.held(resource).key
        if number >= len(needed) or not isinstance(key, str):
            return None
        if isinstance(self.held(key).policy, Unknown):
            return None  # not judged, and said so
        service, region = action.partition(":")[0].lower(), key.split(":")[3]
        more: dict[str, Value] = {
            "kms:viaservice": (f"{service}.{region}.amazonaws.com",), "kms:calleraccount": (estate.account_id,),
        }  # fmt: skip
        if service == "secretsmanager":
            more |= {"kms:encryptioncontext:secretarn": (resource,),
                     "kms:encryptioncontext:secretversionid": PRESENT,
                     "kms:encryptioncontextkeys": ("SecretARN", "SecretVersionId")}  # fmt: skip
        return request(needed[number], key, self.owner(key), more)

    def not_told(self) -> dict[str, tuple[str, ...]]:
        """What is not judged -> the resources of which it is not."""
        found: dict[str, list[str]] = {}
        for resource in self.resources:
            held = self.held(resource)
            if isinstance(held.policy, Unknown):
                found.setdefault(_POLICY, []).append(resource)
            if not self.owner(resource):
                found.setdefault(_OWNER, []).append(resource)
            for part in self._keys_not_told(held):
                found.setdefault(part, []).append(resource)
        return {part: tuple(resources) for part, resources in found.items()}

    def _keys_not_told(self, held: Held) -> Iterator[str]:
        actions = [action.lower() for action in self.actions]
        needing = [action for action in actions if action in KEY_ACTIONS]
        if isinstance(held.key, Unknown) and needing:
            yield _KEY
        elif isinstance(held.key, str):
            if needing and isinstance(self.held(held.key).policy, Unknown):
                yield _KEY_POLICY
            if any(action.partition(":")[0] not in _WITH_KEYS for action in actions):
                yield _KEY_ACTION


_POLICY = "the policy on the resource: a Deny there would take a yes away, an Allow there would turn a no into a yes"
_OWNER = "the account that owns the resource: it is taken for this account"
_KEY = "the key that encrypts it: with a customer managed key, kms:Decrypt on that key is needed as well"
_KEY_POLICY = "the policy of its key: kms:Decrypt on that key is needed as well, and nothing allows it but that policy"
_KEY_ACTION = "the key: which permission on it the action needs is not known here"


def request(action: str, resource: str, owner: str, more: Mapping[str, Value] | None = None) -> Asked:
    """A request with the keys that follow from its resource."""
    context: dict[str, Value] = dict(more or {})
    parts = resource.split(":", 5)
    if owner:
        context["aws:resourceaccount"] = (owner,)
    if len(parts) == 6 and parts[3]:
        context["aws:requestedregion"] = (parts[3],)
    return Asked(action, resource, context, owner)
