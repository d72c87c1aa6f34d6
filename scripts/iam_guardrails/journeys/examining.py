"""An examination: what a use did, object by object, whether it is still so, and what differs from before.

Objects -> look at each -> judge -> Terraform -> differences -> acceptances.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from iam_guardrails.model.account import Account
from iam_guardrails.model.incident.bystanders import with_bystanders
from iam_guardrails.model.incident.declared import About, Declared, declared_by, made_too_early
from iam_guardrails.model.incident.difference import changes, uncompared
from iam_guardrails.model.incident.doers import unexplained
from iam_guardrails.model.incident.effects.facts import Fact, Unplaced, asking, facts_of, looks, named
from iam_guardrails.model.incident.effects.in_force import stays_in_force
from iam_guardrails.model.incident.effects.judge import item_of, item_of_unplaced, roles_of
from iam_guardrails.model.incident.effects.kind import Answer, Look, State
from iam_guardrails.model.incident.effects.made_here import gone_together
from iam_guardrails.model.incident.effects.remade import beyond_terraform
from iam_guardrails.model.incident.effects.renewed import renewed
from iam_guardrails.model.incident.effects.sessions import ended_together
from iam_guardrails.model.incident.effects.since import left_to_others
from iam_guardrails.model.incident.effects.write import Write, write_of, writes
from iam_guardrails.model.incident.examined import LASTING, MANAGED, NOT_JUDGED, OPEN, Done, Examined, Item, StateChange
from iam_guardrails.model.incident.explaining import contradicted, explained
from iam_guardrails.model.incident.incident import Incident
from iam_guardrails.model.incident.leading import was_always_there
from iam_guardrails.model.incident.renamed import renamings, under_new_name, with_new_addresses, with_new_names
from iam_guardrails.model.incident.rotating import purpose_of
from iam_guardrails.model.incident.seen_secrets import shown_secrets
from iam_guardrails.model.incident.settle import settled
from iam_guardrails.model.incident.window import is_entry
from iam_guardrails.model.trail.questions.records import Record, told
from iam_guardrails.model.trail.window import Window
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import changed, frozen


@frozen
class Collected:
    """Records of a use. mine: its own, in the order of time.  others: what others changed of IAM and of the
    guardrails in the window.

    gaps: why something may be missing; notes: what the source never holds; sentences.  copied: (Region, time) up to
    which the files in a folder reach (copied.copied_of).
    """

    window: Window
    mine: tuple[Record, ...]
    others: tuple[Record, ...]
    gaps: tuple[str, ...]
    notes: tuple[str, ...]
    copied: tuple[tuple[str, str], ...] = ()


@frozen
class Surroundings:
    """What an examination looks at. ask: one look at the live account.  before: the capture, Unknown: why none.

    now: the live account, Unknown: why it could not be read.  plan: the content of a fresh Terraform plan.  beside:
    from that content, what is known of a resource at an address beside it.
    """

    ask: Callable[[Look], Answer]
    before: Account | Unknown
    now: Account | Unknown
    plan: Callable[[], Mapping[str, Any] | Unknown]
    home_region: str
    beside: Callable[[Mapping[str, Any]], Callable[[str], About]] = lambda content: lambda address: About()


def examine(
    incident: Incident, found: Collected, around: Surroundings, source: str, clock: datetime, late: Sequence[str] = ()
) -> Examined:
    """An examination. clock: now, aware UTC.  late: further reasons why the picture may lack something."""
    new_names = renamings((*found.mine, *found.others))
    done = [under_new_name(write_of(record), new_names)
            for record in found.mine if writes(record) or is_entry(record)]  # fmt: skip
    facts, unplaced = facts_of(done)
    known = with_new_names(around.before, new_names)
    before = known if isinstance(known, Account) else None
    roles = roles_of(facts)
    states = {fact.id: _now(fact, incident.opened.account_id, around) for fact in facts}
    items = [_judged(fact, states[fact.id], before, incident.opened.purpose, done, clock, roles, around)
             for fact in facts]  # fmt: skip
    items = stays_in_force(gone_together(items, facts, states), facts, states)
    theirs, _ = facts_of(
        [under_new_name(write_of(record), new_names) for record in found.others if record.outcome == "ok"]
    )
    left = [
        left_to_others(item, fact, states[fact.id], before, theirs) for item, fact in zip(items, facts, strict=True)
    ]
    given_up = {item.id for item, was in zip(left, items, strict=True) if item is not was}
    left = renewed(left, facts, states, before, lambda fact: asking(fact, around.home_region, around.ask))
    items, terraform = _declared(left, facts, states, around)
    items += [item_of_unplaced(one) for one in unplaced]
    differences, strangers, unseen = _differences(around, items, found, given_up)
    items = ended_together(contradicted(items, differences, before))
    items = with_bystanders(items, incident, found.mine, found.others, (around.now, around.before))
    items = [*items, *strangers]
    unseen = "; ".join(filter(None, (unseen, _beyond(facts, around.before))))
    return Examined(
        _stamp(found.window.since), _stamp(found.window.until), source,
        settled(items, incident, clock.date()), _calls(found.mine, facts, unplaced), differences,
        sum(not writes(record) and not is_entry(record) for record in found.mine), (*found.gaps, *late), found.notes,
        unseen, terraform, sum(is_entry(record) for record in found.mine), shown_secrets(found.mine),
    )  # fmt: skip


def _judged(
    fact: Fact, now: State, before: Account | None, purpose: str, done: Sequence[Write], clock: datetime,
    roles: frozenset[str], around: Surroundings,
) -> Item:  # fmt: skip
    """The item of an object. What stays because it was meant is not judged where nobody knows whether it was."""
    ask = asking(fact, around.home_region, around.ask)
    meant = purpose_of(fact.names, done, purpose, before)
    if not isinstance(meant, Unknown):
        return item_of(fact, now, before, meant, clock, ask, roles)
    item = item_of(fact, now, before, purpose, clock, ask, roles)
    return changed(item, verdict=NOT_JUDGED, why=meant.reason) if item.verdict == LASTING else item


def _now(fact: Fact, account_id: str, around: Surroundings) -> State:
    owner = fact.names.get("AccountId") or fact.account_id
    if fact.kind.blind:
        return Unknown(fact.kind.blind)
    if owner != account_id:
        return Unknown(f"it is in account {owner}, which these credentials do not look at")
    return looks(fact, around.home_region, around.ask)


def _declared(
    items: list[Item], facts: Sequence[Fact], states: Mapping[str, State], around: Surroundings
) -> tuple[list[Item], str]:  # fmt: skip
    """The items, those that Terraform declares as they are now with its address; and why nobody asked it."""
    asked = [
        fact for fact, item in zip(facts, items, strict=True)
        if item.verdict in (OPEN, NOT_JUDGED) and fact.kind.terraform
        and not isinstance(states[fact.id], Unknown) and not beyond_terraform(fact)
    ]  # fmt: skip
    if not asked:
        return items, ""
    content = around.plan()
    if isinstance(content, Unknown):
        return items, content.reason
    early = made_too_early(content, max(write.seconds for fact in asked for write, _ in fact.steps))
    if early:
        return items, early
    about = around.beside(content)
    where = {fact.id: declared_by(fact, states[fact.id], content, about) for fact in asked}
    return [_declared_item(item, where.get(item.id, Declared())) for item in items], ""


def _declared_item(item: Item, found: Declared) -> Item:
    if found.address:
        why = "Terraform declares it as it is now"
        return changed(item, verdict=MANAGED, why=why, address=found.address, command="")
    return changed(item, why=f"{item.why}; {found.why}") if found.why else item


def _differences(
    around: Surroundings, items: Sequence[Item], found: Collected, given_up: Collection[str]
) -> tuple[tuple[StateChange, ...], tuple[Item, ...], str]:
    """What differs from before, the items of what nobody explains, and why something was not compared.

    given_up: ids of the items that explain no difference, for what they are about is as others made it.
    """
    left = {event_id for item in items if item.id in given_up for event_id in item.writes}
    items = [item for item in items if item.id not in given_up]
    if isinstance(around.before, Unknown):
        return (), (), around.before.reason
    if isinstance(around.now, Unknown):
        return (), (), around.now.reason
    done = [record for record in found.mine if writes(record) and record.event_id not in left]
    was = with_new_addresses(around.before, renamings((*found.mine, *found.others)))
    told_of = explained(changes(was, around.now), items, found.others, done, around.before.seen_at)
    unled = [change for change in told_of if change.item or change.who
             or not was_always_there(change, around.before, around.now)]  # fmt: skip
    differences, strangers = unexplained(unled)
    lost = uncompared(around.before, around.now)
    return differences, strangers, "; ".join(f"{place} ({why})" for place, why in lost.items())


def _beyond(facts: Sequence[Fact], before: Account | Unknown) -> str:
    """In which Regions the use changed something that the capture from before does not hold; a clause, or ""."""
    held = () if isinstance(before, Unknown) else before.regions
    found = sorted({fact.region for fact in facts if not fact.kind.is_global} - {*held}) if held else []
    return f"captures do not hold {', '.join(found)}, where this use changed something" if found else ""


def _calls(mine: Sequence[Record], facts: Sequence[Fact], unplaced: Sequence[Unplaced]) -> tuple[Done, ...]:
    """Entries, writes, and whatever was refused."""
    about = named(facts) | {write.event_id: (one.id,) for one in unplaced for write in one.writes}
    return tuple(
        Done(
            told(record.time), record.action, record.target, record.outcome, record.text("userIdentity", "arn"),
            record.text("sourceIPAddress"), record.text("awsRegion"), record.event_id, about.get(record.event_id, ()),
        )
        for record in mine if writes(record) or is_entry(record) or record.outcome != "ok"
    )  # fmt: skip


def _stamp(at: datetime | None) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else ""
