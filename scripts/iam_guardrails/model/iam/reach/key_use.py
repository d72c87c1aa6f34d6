"""What an action asks of the key that encrypts its resource.

Sources: AWS Secrets Manager User Guide, security-encryption ("Permissions for the KMS key": who reads a secret value
needs kms:Decrypt on its key, asked for in the reader's name with the encryption context SecretARN and
SecretVersionId; the AWS managed key aws/secretsmanager needs no permission of its own); Secrets Manager API Reference,
ReplicateSecretToRegions ("if the primary secret is encrypted with a KMS key other than aws/secretsmanager, you also
need kms:Decrypt"; the replica is taken to be under AWS's own key) and BatchGetSecretValue (it needs GetSecretValue on
each secret, and has no resource of its own); AWS KMS Developer Guide, services-parameter-store (SecureString:
kms:Encrypt for a standard parameter, kms:GenerateDataKey for an advanced one, kms:Decrypt to read either; context
PARAMETER_ARN),
policy-conditions (kms:ViaService, kms:CallerAccount, kms:EncryptionContext:…) and grants ("Grant operations"); Amazon
S3 User Guide, UsingKMSEncryption.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from iam_guardrails.model.iam.caller import PRESENT, Among, Value

READS = ("kms:Decrypt",)
WRITES = ("kms:GenerateDataKey", "kms:Decrypt")
# action (lower case) -> what its caller needs on the customer managed key
KEY_ACTIONS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("secretsmanager:getsecretvalue", "secretsmanager:replicatesecrettoregions"), READS),
    **dict.fromkeys((f"secretsmanager:{name}" for name in ("createsecret", "putsecretvalue", "updatesecret")), WRITES),
    **dict.fromkeys((f"ssm:{name}" for name in ("getparameter", "getparameters", "getparametersbypath",
                                                "getparameterhistory")), READS),
    "s3:getobject": READS, "s3:getobjectversion": READS, "s3:putobject": ("kms:GenerateDataKey",),
}  # fmt: skip
_SECRET_VALUES = frozenset(action for action in KEY_ACTIONS if action.startswith("secretsmanager:"))
KEYLESS = frozenset(
    (
        *(f"secretsmanager:{name}" for name in (
            "describesecret", "listsecretversionids", "getresourcepolicy", "putresourcepolicy", "deleteresourcepolicy",
            "validateresourcepolicy", "tagresource", "untagresource", "deletesecret", "restoresecret",
            "cancelrotatesecret", "updatesecretversionstage", "removeregionsfromreplication")),
        *(f"ssm:{name}" for name in ("deleteparameter", "deleteparameters", "labelparameterversion",
                                     "addtagstoresource", "removetagsfromresource", "listtagsforresource")),
        *(f"s3:{name}" for name in ("deleteobject", "deleteobjectversion", "listbucket", "getobjecttagging")),
    )
)  # fmt: skip
_GRANTED = {
    f"kms:{name.lower()}": name for name in (
        "Decrypt", "Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "GenerateDataKeyPair",
        "GenerateDataKeyPairWithoutPlaintext", "ReEncryptFrom", "ReEncryptTo", "Sign", "Verify", "GenerateMac",
        "VerifyMac", "GetPublicKey", "DeriveSharedSecret", "CreateGrant", "RetireGrant", "DescribeKey")
}  # fmt: skip
# action (lower case) that is asked for no resource -> the one that each resource is asked for beside it
WITHOUT_RESOURCE = {"secretsmanager:batchgetsecretvalue": "secretsmanager:GetSecretValue"}


# keys of requests to KMS alone (AWS KMS Developer Guide, conditions-kms), as far as policies on other things name them
NOT_TO_KMS: Mapping[str, Value] = dict.fromkeys(
    ("kms:calleraccount", "kms:encryptioncontextkeys", "kms:encryptioncontext:parameter_arn",
     "kms:encryptioncontext:secretarn", "kms:encryptioncontext:secretversionid", "kms:grantisforawsresource",
     "kms:granteeprincipal", "kms:requestalias", "kms:resourcealiases", "kms:viaservice"),
)  # fmt: skip


def needs(action: str) -> tuple[str, ...]:
    """What the caller of an action needs on the key; () where nothing, or where it is not known."""
    return KEY_ACTIONS.get(action.lower(), ())


def is_unsure(action: str) -> bool:
    """Whether it is not known here what an action asks of the key."""
    return action.lower() not in KEY_ACTIONS and action.lower() not in KEYLESS


def is_secret_value(action: str) -> bool:
    """Whether an action reads or writes the value of a secret."""
    return action.lower() in _SECRET_VALUES


def is_grantable(action: str) -> bool:
    """Whether a grant on a key can allow an action."""
    return action.lower() in _GRANTED


def by_hand(action: str, wanted: Iterable[str]) -> Mapping[str, Value]:
    """The condition keys of a request that a caller makes itself to let itself in: no service makes it.

    wanted: what it does on the key then; a grant (kms:CreateGrant) that lacks it is of no use.
    """
    if not action.lower().startswith("kms:"):
        return NOT_TO_KMS
    found: dict[str, Value] = {"kms:viaservice": None}
    if action.lower() == "kms:creategrant":
        operations = {_GRANTED.get(one.lower(), "") for one in wanted}
        one = operations.pop() if len(operations) == 1 else ""
        found |= {"kms:grantisforawsresource": ("false",), "kms:grantoperations": Among(one) if one else PRESENT}
    return found


def key_context(service: str, resource: str, key: str, account_id: str) -> dict[str, Value]:
    """The condition keys of a request to KMS that a service makes in a caller's name. account_id: the caller's."""
    region = key.split(":")[3]
    found: dict[str, Value] = {
        "kms:viaservice": (f"{service}.{region}.amazonaws.com",), "kms:calleraccount": (account_id,),
    }  # fmt: skip
    if service == "secretsmanager":
        found |= {"kms:encryptioncontext:secretarn": (resource,),
                  "kms:encryptioncontext:secretversionid": PRESENT,
                  "kms:encryptioncontextkeys": ("SecretARN", "SecretVersionId")}  # fmt: skip
    if service == "ssm":
        found |= {"kms:encryptioncontext:parameter_arn": (resource,), "kms:encryptioncontextkeys": ("PARAMETER_ARN",)}
    return found
