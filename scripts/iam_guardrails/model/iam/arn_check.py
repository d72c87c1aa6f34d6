"""The ARN in a Resource element, as strictly as IAM reads it when it stores a policy.

Sources: AWS IAM User Guide, reference_policies_elements_resource and access-analyzer-reference-policy-checks ("ARN
account not allowed", "ARN Region not allowed"); Service Authorization Reference, list_amazons3 (which things of S3
have a Region and an account in their ARN; a bucket and its objects have none).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from iam_guardrails.model.iam.document import PolicyError

_PARTITION = re.compile("aws(-cn|-us-gov|-iso|-iso-[a-z]|-eusc)?")
_PLACED_IN_S3 = ("accesspoint/", "access-grants/", "async-request/", "job/", "storage-lens/", "storage-lens-group/")


def check_arn(text: str, where: str, *, of_iam: bool) -> Iterator[str]:
    """Yields a warning for an ARN that nothing has; raises PolicyError for one that IAM refuses.

    A wildcard may stand for a part, or for all that follow, but for no service ("You can't use a wildcard in the
    service segment"). of_iam: whether IAM stores the policy, so that this is known to be refused.
    """
    parts = text.split(":", 5)
    if len(parts) < 6 and "*" not in parts[-1]:
        raise PolicyError(f"{where} must be in ARN format, arn:partition:service:region:account:resource")
    if not _open(parts[1]) and not _PARTITION.fullmatch(parts[1]):
        raise PolicyError(f"{where}: Partition {parts[1][:20]!r} is not valid; aws, aws-cn or aws-us-gov is meant")
    if of_iam and (len(parts) < 3 or not parts[2] or any(sign in parts[2] for sign in "*?")):
        raise PolicyError(f"{where}: Resource vendor must be fully qualified and cannot contain regexes")
    if len(parts) < 6:
        return
    _, _, service, region, account_id, name = parts
    if service == "iam" and region and not _open(region):
        raise PolicyError(f"{where}: IAM resource cannot contain region information")
    if service != "s3" or name.startswith(_PLACED_IN_S3) or _open(name.partition("/")[0]):
        return
    if region and not _open(region):
        raise PolicyError(f"{where}: Resource can not contain region information: a bucket's ARN has none")
    if account_id and not _open(account_id):
        yield f"{where} matches nothing: the ARN of a bucket has no account"


def _open(part: str) -> bool:
    return any(sign in part for sign in "*?$")
