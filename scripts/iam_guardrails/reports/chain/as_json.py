"""The chain as one JSON object, for programs."""

from __future__ import annotations

import json
from typing import Any

from iam_guardrails.model.chain.graph import graph
from iam_guardrails.model.chain.links import Link, Listener, Outcome, Route
from iam_guardrails.reports.chain.groups import LATENESS, counted
from iam_guardrails.reports.json_report import as_object
from iam_guardrails.rules.chain_report import ChainReport, SilencerState


def render(report: ChainReport) -> str:
    """`events`, `silencers`, `graph`, `findings`, `not_judged`, `summary`; stable order, two-space indent."""
    return json.dumps(chain_object(report), indent=2, ensure_ascii=False) + "\n"


def chain_object(report: ChainReport) -> dict[str, Any]:
    """The object itself."""
    picture = graph(report.outcomes, report.strays)
    verdict = as_object(report.verdict, report.title)
    return {
        "title": report.title,
        "account_id": report.account_id,
        "origin": report.origin,
        "events": [_event(item) for item in report.outcomes],
        "silencers": [_silencer(item) for item in report.silencers],
        "graph": {
            "nodes": [
                {"id": n.id, "kind": n.kind, "label": n.label, "column": n.column, "state": n.state, "note": n.note}
                for n in picture.nodes
            ],
            "edges": [{"source": edge.source, "target": edge.target, "state": edge.state} for edge in picture.edges],
        },
        "lateness": LATENESS,
        **{name: verdict[name] for name in ("findings", "not_judged", "waived")},
        "summary": {**counted(report.outcomes), **verdict["summary"]},
    }


def _event(item: Outcome) -> dict[str, Any]:
    event = item.event
    made: dict[str, Any] = {
        "id": event.id, "family": event.family, "what": event.what, "region": event.region,
        "eventSource": event.record["eventSource"], "eventName": event.record["eventName"],
        "role": event.role_arn or None, "possible": item.possible,
    }  # fmt: skip
    if not item.possible:
        return made | {"why_not": item.why_not}
    ended = item.broken or item.doubt
    return made | {
        "told": item.told,
        "ways": sorted(item.ways),
        "alarms": sorted({route.name for route in item.telling if route.way == "alarm"}),
        "listeners": [_listener(each) for each in item.listeners],
        "soonest_seconds": item.soonest_seconds,
        "latest_seconds": item.latest_seconds,
        "ends_at": _link(ended) if ended else None,
        "routes": [_route(route) for route in item.routes],
    }


def _route(route: Route) -> dict[str, Any]:
    return {
        "way": route.way, "name": route.name, "told": route.told, "seconds": route.seconds,
        "links": [_link(link) for link in route.links], "listeners": [_listener(each) for each in route.listeners],
    }  # fmt: skip


def _link(link: Link) -> dict[str, Any]:
    made = {"kind": link.kind, "address": link.address, "holds": link.holds}
    return made | {name: text for name in ("why", "remedy", "detail") if (text := getattr(link, name))}


def _listener(item: Listener) -> dict[str, Any]:
    return {"protocol": item.protocol, "endpoint": item.shown, "confirmed": item.confirmed}


def _silencer(item: SilencerState) -> dict[str, Any]:
    active = [{"address": each.address, "why": each.why} for each in item.active]
    return {
        "call": item.call, "silences": item.silences, "told": item.told, "told_by": list(item.alarmed_by),
        "denied_to_role": item.denied, "active_now": active,
    }  # fmt: skip
