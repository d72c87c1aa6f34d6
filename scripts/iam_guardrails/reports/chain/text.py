"""The chain for a terminal: what becomes of each group of events, the links of one of them, the silencers, findings."""

from __future__ import annotations

from collections.abc import Iterator

from iam_guardrails.model.chain.links import Route
from iam_guardrails.reports.chain.groups import (
    LATENESS,
    WHENCE,
    Fate,
    counted,
    fates,
    impossible,
    lateness,
    people,
    regions,
    tellers,
    whats,
)
from iam_guardrails.reports.text import render as render_verdict
from iam_guardrails.rules.chain_report import ChainReport, SilencerState

_MARK = {True: "TOLD", False: "NOBODY", None: "UNKNOWN"}
_LINK = {True: "ok ", False: "XX ", None: "?? "}


def render(report: ChainReport) -> str:
    """Plain text; ends with the sentence that sums up."""
    lines = [report.title, f"account {report.account_id}, {WHENCE[report.origin]}"]
    found = fates(report.outcomes)
    crowds = [who for who in dict.fromkeys(people(fate) for fate in found) if who]
    before = None
    for fate in found:
        if fate.role_arn != before:
            lines += ["", fate.role_arn or "The account"]
            before = fate.role_arn
        lines += _fate(fate, crowds)
    lines += ["", "WHO", *(f"  {_crowd(who, crowds)}: {who}" for who in crowds)] if crowds else []
    lines += ["", "NOT TO BE SEEN HERE", *(f"  {text}" for text in impossible(report.outcomes))]
    lines += _silencers(report.silencers)
    number = counted(report.outcomes)
    lines += ["", LATENESS, "", f"{number['told']} of {number['events'] - number['impossible']} events reach somebody, "
              f"{number['lost']} reach nobody, {number['undecided']} undecided"]  # fmt: skip
    return "\n".join(lines) + "\n\n" + render_verdict(report.verdict, "WHAT THE RULES SAY OF THE CHAIN")


def _crowd(who: str, crowds: list[str]) -> str:
    number = len(who.partition(" (")[0].split(", "))
    text = f"{number} endpoint{'' if number == 1 else 's'}"
    return text if len(crowds) == 1 else f"{text} {chr(ord('A') + crowds.index(who))}"


def _fate(fate: Fate, crowds: list[str]) -> Iterator[str]:
    yield f"  {_MARK[fate.told]:8}{fate.family} ({len(fate.outcomes)}): {whats(fate)}; recorded in {regions(fate)}"
    if fate.told:
        late = lateness(fate)
        by = ", ".join(_short(tellers(fate)))
        yield f"          {late} later to {_crowd(people(fate), crowds)}, by {by}"
        return
    routes = fate.first.routes
    if routes:
        yield from _links(max(routes, key=lambda route: route.held))
    if fate.link and fate.link.remedy:
        yield f"          -> {fate.link.remedy}"


def _short(names: list[str], most: int = 6) -> list[str]:
    return names if len(names) <= most else [*names[:most], f"{len(names) - most} more"]


def _links(route: Route) -> Iterator[str]:
    for link in route.links:
        why = f": {link.why}" if link.why else ""
        yield f"          {_LINK[link.holds]}{link.kind} {link.address}{why}"
        if link.holds is False:
            return


def _silencers(states: tuple[SilencerState, ...]) -> Iterator[str]:
    told, denied = sum(state.told is True for state in states), sum(state.denied is True for state in states)
    active = sum(bool(state.active) for state in states)
    yield ""
    yield (
        f"SILENCERS: of {len(states)} calls that silence a guardrail, {told} are told, {denied} are denied to the "
        f"break-glass role, {active} are in effect now"
    )
    for state in states:
        wrong = [text for text in (_TOLD[state.told], _DENIED[state.denied]) if text]
        wrong += [f"in effect now: {item.address}: {item.why}" for item in state.active]
        if wrong:
            yield f"  {state.call} (silences {state.silences}): {'; '.join(wrong)}"


_TOLD = {True: "", False: "nobody is told", None: "not known whether somebody is told"}
_DENIED = {True: "", False: "not denied to the role", None: "not known whether it is denied to the role"}
