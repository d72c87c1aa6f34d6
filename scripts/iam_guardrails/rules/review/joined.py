"""Who stands behind the groups that hold a wide policy: whoever joins one holds what was justified, or kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from iam_guardrails.model.iam.principals import Estate
from iam_guardrails.model.review.basis import listed
from iam_guardrails.model.review.declaration import Declared
from iam_guardrails.model.review.review import fingerprint, item_id
from iam_guardrails.rules.review.granted import Granted

_GROUP = "group/"


def members(estate: Estate, holders: Iterable[str]) -> tuple[str, ...]:
    """The ARNs of the users in the groups among some holders (see Granted)."""
    groups = {who.removeprefix(_GROUP) for who in holders if who.startswith(_GROUP)}
    return tuple(sorted(user.arn for user in estate.users if groups.intersection(user.groups))) if groups else ()


def declared(box: str, estate: Estate, justified: Iterable[Granted]) -> Iterator[Declared]:
    """Each group that holds what a justification covers, bound to its members; none where some are not known."""
    groups = {who for one in justified for who in one.holders if who.startswith(_GROUP)} if not estate.gaps else ()
    for who in sorted(groups):
        group = estate.groups[who.removeprefix(_GROUP)]
        people = members(estate, (who,))
        names = listed(arn.rpartition("/")[2] for arn in people) or "nobody"
        what = f"who is in the group {group.name} ({names}), which holds what a justification covers,"
        remedy = f"take out of {group.name} who does not belong there, or say that it is right as it is now (keep)"
        yield Declared(item_id(box, group.arn, "members"), group.arn, what, fingerprint(list(people)), remedy,
                       "justifications.toml")  # fmt: skip
