"""A policy document made ready for many requests: what it says of a leg is worked out once.

Statements that ask about the caller (its ARN, its name, its tags) are weighed anew for each caller, or for each set
of tags; the others once for the account.
"""

from __future__ import annotations

from collections.abc import Iterator

from iam_guardrails.model.iam.document import PolicyDocument, Statement
from iam_guardrails.model.iam.principals import Estate, Group, Principal, Raw
from iam_guardrails.model.iam.reach.actions import Actions
from iam_guardrails.model.iam.reach.leg import Leg, Said
from iam_guardrails.model.iam.reach.subject import TAG, Subject, asks_about_subject
from iam_guardrails.model.unknown import Unknown

Four = tuple[int, int, int, int]  # allows certainly, allows possibly, denies certainly, denies possibly
NOTHING: Four = (0, 0, 0, 0)
Compiled = tuple[Four, tuple[tuple[Statement, tuple[str, ...]], ...]]


class Doc:
    """One document under one name. unknown: why it is not judged, "" where it is."""

    __slots__ = ("_compiled", "_memo", "document", "flags", "label", "unknown")

    def __init__(self, label: str, document: PolicyDocument | None, flags: int, unknown: str = "") -> None:
        self.label, self.document, self.flags, self.unknown = label, document, flags, unknown
        self._compiled: dict[int, Compiled] = {}
        self._memo: dict[object, Said] = {}

    def masks(self, leg: Leg, subject: Subject, nobody: Subject) -> Four:
        """What the document says of the leg. nobody: any principal of the account."""
        if self.unknown:
            return (0, leg.every, 0, leg.every)
        if not self.flags & leg.flags:
            return NOTHING
        found = self._compiled.get(id(leg))
        if found is None:
            found = self._compiled[id(leg)] = self._compile(leg, nobody)
        masks, asking = found
        if not asking:
            return masks
        return _joined(masks, ((item.effect, self._asked(leg, item, keys, subject)) for item, keys in asking))

    def voices(self, leg: Leg, subject: Subject) -> Iterator[tuple[Statement, Said]]:
        """Each statement that says something of the leg."""
        for statement in self.document.statements if self.document and self.flags & leg.flags else ():
            keys = asks_about_subject(statement, self.document.version) if self.document else ()
            said = self._asked(leg, statement, keys, subject)
            if said.may:
                yield statement, said

    def _compile(self, leg: Leg, nobody: Subject) -> Compiled:
        assert self.document is not None
        version = self.document.version
        said, asking = [], []
        situations = leg.situations(nobody, ())
        for statement in self.document.statements:
            if not leg.actions.of(statement) & leg.flags:
                continue
            keys = asks_about_subject(statement, version)
            if keys:
                asking.append((statement, keys))
            else:
                said.append((statement.effect, leg.says(statement, version, situations)))
        return _joined(NOTHING, said), tuple(asking)

    def _asked(self, leg: Leg, statement: Statement, keys: tuple[str, ...], subject: Subject) -> Said:
        assert self.document is not None
        shared = all(key.startswith(TAG) for key in keys)
        memo = (id(leg), statement.index, *(subject.value(key) for key in keys)) if shared else None
        found = self._memo.get(memo) if memo else None
        if found is None:
            found = leg.says(statement, self.document.version, leg.situations(subject, keys))
            if memo:
                self._memo[memo] = found
        return found


def _joined(masks: Four, said: object) -> Four:
    allows, may_allow, denies, may_deny = masks
    for effect, item in said:  # type: ignore[attr-defined]
        if effect == "Allow":
            allows |= item.sure
            may_allow |= item.may
        else:
            denies |= item.sure
            may_deny |= item.may
    return allows, may_allow, denies, may_deny


class Book:
    """The documents of an account that say something of the actions at hand."""

    def __init__(self, estate: Estate, actions: Actions) -> None:
        self.estate, self.actions = estate, actions
        self._managed: dict[str, Doc | None] = {}
        self._groups: dict[str, list[Doc]] = {}

    def of(self, principal: Principal) -> list[Doc]:
        """The identity policies of a principal that are about one of the actions, or that are unknown."""
        found = self._own(principal, "")
        for name in principal.groups:
            found += self.of_group(name)
        return found

    def of_group(self, name: str) -> list[Doc]:
        """The policies of a group, likewise."""
        docs = self._groups.get(name)
        if docs is None:
            docs = self._groups[name] = self._of_group(name)
        return docs

    def boundary(self, principal: Principal) -> Doc | None:
        """The permissions boundary; None where the principal has none."""
        if not principal.boundary_arn:
            return None
        return self.managed(principal.boundary_arn) or Doc("", None, 0)

    def managed(self, arn: str) -> Doc | None:
        """A managed policy; None where it is about none of the actions."""
        try:
            return self._managed[arn]
        except KeyError:
            found = self._managed[arn] = self.read(f"managed policy {arn.rpartition('/')[2]}", self.estate.managed(arn))
            return found

    def read(self, label: str, source: Raw) -> Doc | None:
        """A document; None where it is about none of the actions."""
        flags = None if isinstance(source, Unknown) else self.actions.of_document(source)
        if flags == 0:
            return None
        document = self.estate.parsed(source)
        if isinstance(document, Unknown):
            return Doc(label, None, 0, document.reason)
        if flags is None:
            flags = 0
            for statement in document.statements:
                flags |= self.actions.of(statement)
        return Doc(label, document, flags) if flags else None

    def _of_group(self, name: str) -> list[Doc]:
        group = self.estate.groups.get(name)
        if group is None:
            return [Doc(f"the policies of group {name}", None, 0, f"the file does not hold the group {name}")]
        return self._own(group, f" of group {name}")

    def _own(self, holder: Principal | Group, of: str) -> list[Doc]:
        found = []
        for name, source in holder.inline:
            doc = self.read(f"inline policy {name}{of}", source)
            if doc is not None:
                found.append(doc)
        for arn in holder.attached:
            doc = self.managed(arn)
            if doc is not None:
                found.append(doc)
        return found
