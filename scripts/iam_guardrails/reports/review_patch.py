"""The patch that removes what a review found, with what a person should know of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from iam_guardrails.reports.escaping import shown

if TYPE_CHECKING:
    from iam_guardrails.model.removal.patches import Place, RemovalPatch
    from iam_guardrails.model.review.review import Item


def as_text(found: RemovalPatch, items: Mapping[str, Item]) -> str:
    """What goes, what would dangle, what is left to commands, then the patch."""
    lines = [shown(line) for line in told(found, items)]
    if found.text:
        lines.append(f"the patch, for git apply in {found.base}:")
    return "".join(f"{line}\n" for line in lines) + (f"\n{found.text}" if found.text else "")


def told(found: RemovalPatch, items: Mapping[str, Item]) -> Iterator[str]:
    """All but the patch, a line each."""
    if not found.places:
        yield "there is no role, user, password or key to remove"
    for place in found.places:
        name = f"{place.target.item}  {place.target.kind} {place.target.name}"
        yield from _of(place, name, items[place.target.item])


def _of(place: Place, name: str, item: Item) -> Iterator[str]:
    if place.reason:
        yield f"no patch  {name}: {place.reason}"
        yield f"          by hand: {item.remedy}"
        return
    yield f"patch     {name}: {', '.join(place.addresses)}"
    yield from (f"          edit too, since it names what goes: {line}" for line in place.dangling)
    yield from (f"          note: {note}" for note in place.notes)
