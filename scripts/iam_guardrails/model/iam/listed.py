"""Users, roles and policies of which each is made when somebody asks for it; what is asked of all of them stands ready.

An account has ten thousand roles, and most questions are about a few: what is not asked for is never made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, overload

if TYPE_CHECKING:
    from iam_guardrails.model.iam.principals import ManagedPolicy, Principal, Raw

Tags = tuple[tuple[str, str], ...]
_MOST_VERSIONS = 5


class Holding(NamedTuple):
    """What a user or a role holds; see Principal.

    inline: to be gone through once, and each document to be looked at and let go: its id means nothing.
    """

    inline: Iterable[tuple[str, Raw]]
    attached: Sequence[str]
    groups: Sequence[str]
    boundary_arn: str
    path: str


class Traits(NamedTuple):
    """What policies may ask about a user or a role; see Principal."""

    kind: str
    unique_id: str
    tags: Tags
    trust: Raw | None


class Listed(Sequence["Principal"]):
    """Users, roles, or both, by number; each is made once, and equal to what a tuple of them holds.

    make: the principal of a number.  arns: of all.  trust, tags, holding: the trust policy, the tags, and all policies
    of a number, without making the principal.  attached: its managed policies, and its boundary ("" without one).
    traits: what policies may ask about it.
    """

    __slots__ = ("_made", "_make", "arns", "attached", "holding", "tags", "traits", "trust")

    def __init__(
        self, make: Callable[[int], Principal], arns: Sequence[str], trust: Callable[[int], Raw | None],
        tags: Callable[[int], Tags], holding: Callable[[int], Holding],
        attached: Callable[[int], Sequence[str]], traits: Callable[[int], Traits | Principal],
    ) -> None:  # fmt: skip
        self._make, self.arns, self.trust, self.tags = make, arns, trust, tags
        self.holding, self.attached, self.traits = holding, attached, traits
        self._made: list[Principal | None] = [None] * len(arns)

    def __len__(self) -> int:
        return len(self.arns)

    @overload
    def __getitem__(self, number: int) -> Principal: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[Principal]: ...
    def __getitem__(self, number: int | slice) -> Principal | Sequence[Principal]:
        if isinstance(number, slice):
            return tuple([self[one] for one in range(*number.indices(len(self.arns)))])
        found = self._made[number]
        if found is None:
            found = self._made[number] = self._make(number if number >= 0 else len(self.arns) + number)
        return found

    def __eq__(self, other: object) -> bool:
        return tuple(self) == tuple(other) if isinstance(other, Sequence) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # as a list, it is no key

    def __add__(self, other: Sequence[Principal]) -> Listed:
        return joined(self, other)


def listed(principals: Sequence[Principal]) -> Listed:
    """The same users and roles with what is asked of all of them."""
    if isinstance(principals, Listed):
        return principals
    return Listed(
        principals.__getitem__, [item.arn for item in principals], lambda number: principals[number].trust,
        lambda number: principals[number].tags,
        lambda number: holding(principals[number]),
        lambda number: (*principals[number].attached, principals[number].boundary_arn), principals.__getitem__,
    )  # fmt: skip


def joined(first: Sequence[Principal], then: Sequence[Principal]) -> Listed:
    """The ones, then the others."""
    one, other, size = listed(first), listed(then), len(first)
    return Listed(
        lambda number: one[number] if number < size else other[number - size], [*one.arns, *other.arns],
        lambda number: one.trust(number) if number < size else other.trust(number - size),
        lambda number: one.tags(number) if number < size else other.tags(number - size),
        lambda number: one.holding(number) if number < size else other.holding(number - size),
        lambda number: one.attached(number) if number < size else other.attached(number - size),
        lambda number: one.traits(number) if number < size else other.traits(number - size),
    )  # fmt: skip


def holding(principal: Principal) -> Holding:
    """What a user or a role holds."""
    return Holding(principal.inline, principal.attached, principal.groups, principal.boundary_arn, principal.path)


class Kept(Mapping[str, "ManagedPolicy"]):
    """Managed policies by ARN; each is made once.

    make: the policy of an ARN.  document: its default version, always the same object.  glimpse: the same, which may
    be made anew each time.  counts: how many versions each has.
    """

    __slots__ = ("_made", "_make", "counts", "document", "glimpse")

    def __init__(
        self, make: Callable[[str], ManagedPolicy], document: Callable[[str], Raw], glimpse: Callable[[str], Raw],
        counts: Mapping[str, int],
    ) -> None:  # fmt: skip
        self._make, self.document, self.glimpse, self.counts = make, document, glimpse, counts
        self._made: dict[str, ManagedPolicy] = {}

    def __getitem__(self, arn: str) -> ManagedPolicy:
        found = self._made.get(arn)
        if found is None:
            if arn not in self.counts:
                raise KeyError(arn)
            found = self._made[arn] = self._make(arn)
        return found

    def __contains__(self, arn: object) -> bool:
        return arn in self.counts

    def __iter__(self) -> Iterator[str]:
        return iter(self.counts)

    def __len__(self) -> int:
        return len(self.counts)


def document_of(policies: Mapping[str, ManagedPolicy], arn: str) -> Raw | None:
    """The default version of a managed policy; None where there is no such policy."""
    if isinstance(policies, Kept):
        return policies.document(arn) if arn in policies.counts else None
    return policies[arn].document if arn in policies else None


def glimpse_of(policies: Mapping[str, ManagedPolicy], arn: str) -> Raw:
    """The default version of a managed policy that is there, to be looked at and let go: its id means nothing."""
    return policies.glimpse(arn) if isinstance(policies, Kept) else policies[arn].document


def versions_kept(policies: Mapping[str, ManagedPolicy], arn: str) -> int:
    """How many versions a managed policy has."""
    return policies.counts[arn] if isinstance(policies, Kept) else len(policies[arn].versions)


def is_full(policies: Mapping[str, ManagedPolicy], arn: str) -> bool:
    """Whether a managed policy has as many versions as it may (AWS IAM User Guide, reference_iam-quotas)."""
    return versions_kept(policies, arn) >= _MOST_VERSIONS
