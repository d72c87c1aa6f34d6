"""Whose access is compared: a principal with all its policies, or a resource with the policy on it, on two sides."""

from __future__ import annotations

from typing import Literal

from iam_guardrails.model.iam.document import PolicyDocument
from iam_guardrails.model.iam.judge import Kind
from iam_guardrails.model.value import frozen

# of what is no policy and cannot be weighed: its coming, its going, either, its change while it stands, or only its
# coming (it takes away what it does not name) may give access; "" for policies
Effect = Literal["", "grant", "limit", "both", "change", "coming"]
Tags = tuple[tuple[str, str], ...] | None  # key in lower case, value


@frozen
class Held:
    """A policy that a side has.

    document: None where it cannot be read, then reason completes "not judged, because …" and remedy says how to make
    it known.  same: not empty where the same text on the other side means the very same document, known or not.
    """

    name: str
    document: PolicyDocument | None
    reason: str = ""
    remedy: str = ""
    same: str = ""


@frozen
class Side:
    """One side: the policies that grant (a user's with those of its groups), and the permissions boundary.

    A principal or a resource that does not exist on that side has no policies.
    """

    policies: tuple[Held, ...] = ()
    boundary: Held | None = None


@frozen
class Subject:
    """A principal or a resource, before and after.

    what: "role", "user", "group", "managed policy", "trust policy", "key policy", "bucket policy", … or "policy".
    kind: "identity", "trust" or "resource".  arn: of the role or the user, "" where
    it is not known; of a trust policy, the role's.  address, name: how a plan and AWS call it.
    others: what else may grant to it, or on it, and is not held here; "" where these are all grants.  effect: of what
    is no policy, what it does to access.  account_id: of the resource that a policy hangs on, "" where nobody tells.
    tags: on either side the tags (key in lower case, value) of a user or role, None where they are not certain.
    """

    what: str
    kind: Kind
    address: str
    name: str
    old: Side
    new: Side
    arn: str = ""
    exists: tuple[bool, bool] = (True, True)
    others: str = ""
    effect: Effect = ""
    account_id: str = ""
    tags: tuple[Tags, Tags] = (None, None)

    @property
    def state(self) -> str:
        """What happens to it: "created", "deleted" or "kept"."""
        return {(False, True): "created", (True, False): "deleted"}.get(self.exists, "kept")
