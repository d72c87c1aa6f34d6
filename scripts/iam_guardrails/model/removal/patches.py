"""What became of removals in the repository's Terraform: a patch, and for each target its blocks or why none."""

from __future__ import annotations

from iam_guardrails.model.removal.target import Target
from iam_guardrails.model.value import frozen


@frozen
class Place:
    """One target. addresses: of the resources that the patch removes.  reason: why it does not, else "".

    dangling: references to them that stay, "file:line: text" each, to be edited by hand before the next plan.
    notes: what a person should know, a clause each.
    """

    target: Target
    addresses: tuple[str, ...] = ()
    reason: str = ""
    dangling: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@frozen
class RemovalPatch:
    """text: a unified diff, "" where there is none, for `git apply` in `base`.  places: one for each target."""

    text: str
    base: str
    places: tuple[Place, ...]
