"""What became of the proposals in the repository's Terraform: a patch, and for each policy its place or why none."""

from __future__ import annotations

from collections.abc import Mapping

from iam_guardrails.model.value import field, frozen

Key = tuple[str, ...]


@frozen
class Place:
    """Where one proposal went. address: of the resource, "" where none makes it.  reason: why no patch, else ""."""

    address: str
    path: str
    reason: str


@frozen
class Patches:
    """text: the patch, "" where there is none, for `git apply` in `base`.  places: by the policy's key.

    kept_resources: of which statements of a policy Resource is an expression, which must stay; by the policy's key.
    """

    text: str
    base: str
    places: Mapping[Key, Place]
    kept_resources: Mapping[Key, frozenset[int]] = field(default_factory=dict)
