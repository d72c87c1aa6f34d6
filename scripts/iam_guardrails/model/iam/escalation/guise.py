"""A principal as it stands at one point of a chain: its policies, with what the chain has changed in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from iam_guardrails.model.iam.escalation.ground import ALLOW_ALL, Ground
from iam_guardrails.model.iam.escalation.sheets import Sheet
from iam_guardrails.model.iam.principals import Group, Parsed, Principal
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import changed, frozen

ADDED = "the administrator's policy that the chain gave it"


@frozen
class Changes:
    """What a chain may have done to one principal.

    grown: an administrator's policy was added to it, or to a group of its.  unbound: its boundary is gone.
    removable: which of its documents (by place) can be taken away.  bare: whether those of them that allow something
    are taken away too; those that only deny are.  joined: numbers of groups that it is put into.  versions: policies
    (by number) of which another version is the default one now.  attached: ARNs of policies that were attached to it.
    tags: (key in lower case, value) that were set on it, None for one that was taken away.  session_tags: whether it is
    a role that was entered with session tags of the caller's choice.  others: the tags that were set on others:
    (gain, bits).
    """

    grown: bool = False
    unbound: bool = False
    removable: frozenset[int] = frozenset()
    joined: tuple[int, ...] = ()
    bare: bool = False
    versions: tuple[tuple[int, str], ...] = ()
    attached: tuple[str, ...] = ()
    tags: tuple[tuple[str, str | None], ...] = ()
    session_tags: bool = False
    others: tuple[tuple[str, int], ...] = ()


NONE = Changes()
_AS_THEY_ARE: Mapping[str, str] = {}


class Guise:
    """documents: (label, sheet).  unread: the policies of its that nobody could read, with the reasons.

    forwards: whether it may have a service ask in its name, where policies of the account ask about that; until
    model.iam.escalation.forwarding has told, whether some statement of its allows that.
    """

    __slots__ = (
        "_estate", "_versions", "boundary", "changes", "documents", "forwards", "key", "number", "principal", "unread",
    )  # fmt: skip

    def __init__(self, ground: Ground, number: int, changes: Changes) -> None:
        self.number = number
        self.principal: Principal = _tagged(ground.principals[number], changes.tags)
        self.changes = changes
        self.key = (number, changes)
        unread: list[str] = []
        self._estate = ground.with_versions(changes.versions) if changes.versions else ground.estate
        self._versions: Mapping[str, str] = _AS_THEY_ARE
        if changes.versions:
            self._versions = {f"managed policy {ground.policies[at].name}": one for at, one in changes.versions}
        kept: list[tuple[str, Sheet]] = []
        for place, (label, parsed) in enumerate(self._documents(self.principal)):
            removable = place in changes.removable
            if isinstance(parsed, Unknown):
                if not (removable and (changes.grown or changes.bare)):
                    unread.append(f"{label}: {parsed.reason}")
                continue
            sheet = ground.sheet(parsed)
            if removable and (changes.grown or changes.bare or not _allows(sheet)):
                continue
            kept.append((label, sheet))
        for group in changes.joined:
            key = (group, changes.versions)
            if key not in ground.joined:  # many principals join a group, one after the other
                ground.joined[key] = self._of_group(ground, ground.groups[group])
            told, missing = ground.joined[key]
            kept += told
            unread += missing
        for arn in changes.attached:
            kept += self._of_policy(ground, arn, unread)
        if changes.grown:
            kept.append((ADDED, ground.sheet(ALLOW_ALL)))
        self.documents = tuple(kept)
        self.boundary: Sheet | None = None
        boundary = None if changes.unbound else self._estate.boundary_document(self.principal)
        if isinstance(boundary, Unknown):
            unread.append(f"permissions boundary: {boundary.reason}")
        elif boundary is not None:
            self.boundary = ground.sheet(boundary)
        self.unread = tuple(unread)
        self.forwards = bool(ground.forwarding and self.granted & ground.forwarding)

    @property
    def granted(self) -> int:
        """The actions that some statement allows on something: no other can be allowed by identity policies."""
        found = 0
        for _, sheet in self.documents:
            found |= sheet.allows
        return found if self.boundary is None else found & self.boundary.allows

    def _documents(self, principal: Principal) -> Iterator[tuple[str, Parsed]]:
        for label, parsed in self._estate.identity_documents(principal):
            version = self._versions.get(label.partition(" of group ")[0])
            yield f"{label}, version {version}" if version else label, parsed

    def _of_policy(self, ground: Ground, arn: str, unread: list[str]) -> list[tuple[str, Sheet]]:
        label = f"managed policy {arn.rpartition('/')[2]}"
        parsed = ground.attached(self._estate, arn)
        if isinstance(parsed, Unknown):
            unread.append(f"{label}, which the chain attached: {parsed.reason}")
            return []
        version = self._versions.get(label)
        label = f"{label}, version {version}" if version else label
        return [(f"{label}, which the chain attached", ground.sheet(parsed))]

    def _of_group(self, ground: Ground, group: Group) -> tuple[list[tuple[str, Sheet]], list[str]]:
        found, unread = [], []
        stand_in = Principal("user", "", "/", "", groups=(group.name,))
        for label, parsed in self._documents(stand_in):
            if isinstance(parsed, Unknown):
                unread.append(f"{label}: {parsed.reason}")
            else:
                found.append((label, ground.sheet(parsed)))
        return found, unread


def _tagged(principal: Principal, tags: tuple[tuple[str, str | None], ...]) -> Principal:
    """The principal with these tags set or taken away."""
    if not tags:
        return principal
    changed_keys = {key for key, _ in tags}
    kept = [(key, value) for key, value in principal.tags if key.lower() not in changed_keys]
    return changed(principal, tags=(*kept, *((key, value) for key, value in tags if value is not None)))


def _allows(sheet: Sheet) -> bool:
    return any(item.effect == "Allow" for item in sheet.document.statements)
