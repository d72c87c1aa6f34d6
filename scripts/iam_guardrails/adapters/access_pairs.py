"""The same thing on both sides of a comparison: by what AWS calls it, whatever its address in the configuration."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from iam_guardrails.adapters.plan_json.access import Standing
from iam_guardrails.model.iam.difference.subject import Side, Subject

Pair = tuple[Standing | None, Standing | None]


def paired(
    old: Iterable[Standing], new: Iterable[Standing], moved: Mapping[str, str] | None = None
) -> tuple[Subject, ...]:
    """Both sides as subjects. moved: new address by the old one, of `moved` blocks.

    A name that is known on both sides decides: two names at one address are two things, one deleted and one created.
    The address decides where a name is not known, then a name that is there once on each side.
    """
    pairs = _pairs(list(old), list(new), moved or {})
    return tuple(_subject(*pair) for pair in pairs if not _judged_with_carriers(*pair) and not _is_no_news(*pair))


def _pairs(old: list[Standing], new: list[Standing], moved: Mapping[str, str]) -> list[Pair]:
    there = {(item.what, item.address) for item in new}
    at = {id(item): moved[item.address] if (item.what, item.address) not in there and item.address in moved
          else item.address for item in old}  # fmt: skip
    found: dict[int, Standing] = {}

    def match(left: list[Standing], key: Callable[[Standing], object], *, once: bool = False) -> None:
        """Pairs those of the new side that are not paired yet with what of `left` has the same key."""
        by_key: dict[object, list[Standing]] = {}
        for item in left:
            by_key.setdefault(key(item), []).append(item)
        lonely = [item for item in new if id(item) not in found and key(item) is not None]
        counted = Counter(map(key, lonely))
        for item in lonely:
            same = [one for one in by_key.get(key(item), ()) if _may_be(one, item)]
            if same and not (once and (len(same) > 1 or counted[key(item)] > 1)):
                found[id(item)] = same[0]
                by_key[key(item)].remove(same[0])

    def left() -> list[Standing]:
        taken = set(map(id, found.values()))
        return [item for item in old if id(item) not in taken]

    def address(item: Standing) -> str:
        return at.get(id(item), item.address)

    match(left(), lambda item: (item.what, item.identity, address(item)) if item.identity else None)
    match(left(), lambda item: (item.what, item.identity) if item.identity else None)
    match(left(), lambda item: (item.what, address(item)))
    match(left(), lambda item: (item.what, item.name) if _told(item) else None, once=True)
    return [*((found.get(id(item)), item) for item in new), *((item, None) for item in left())]


def _may_be(one: Standing, other: Standing) -> bool:
    """Whether nothing tells two things of one address or one name apart. What is no policy is told by its values."""
    if one.identity and other.identity:
        return bool(one.effect) or one.identity == other.identity
    return bool(one.effect) or not (_told(one) and _told(other)) or one.name == other.name


def _told(item: Standing) -> bool:
    return item.name not in ("", item.address) and not item.name.startswith("address:")


def _judged_with_carriers(old: Standing | None, new: Standing | None) -> bool:
    """Whether all there is to say of a managed policy is said of those that carry it: when it stays, they do still."""
    item = new or old
    return item is not None and item.carried


def _is_no_news(old: Standing | None, new: Standing | None) -> bool:
    """Whether it is no policy, and gives or takes access only by a change that there is none of."""
    if "change" not in {one.effect for one in (old, new) if one}:
        return False
    if old is None or new is None:
        return True
    return old.side == new.side and all(held.same for held in new.side.policies)


def _subject(old: Standing | None, new: Standing | None) -> Subject:
    item = new or old
    assert item is not None
    rest = Side((item.elsewhere,)) if item.elsewhere else Side()
    old_side, new_side = (one.side if one else rest for one in (old, new))
    arn = next((one.arn for one in (new, old) if one and one.arn), "")
    there = tuple(one is not None or item.elsewhere is not None for one in (old, new))
    others = item.others if new or item.outlived else ""
    return Subject(item.what, item.kind, item.address, item.name, old_side, new_side, arn, (there[0], there[1]),
                   others, item.effect, item.account_id,
                   ((old or item).tags, (new or item).tags))  # fmt: skip
