"""tests/cases/incidents/effects.yaml, loaded, and what an examination finds."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from iam_guardrails.journeys.close import Collected, Surroundings, examine
from iam_guardrails.model.account import Account
from iam_guardrails.model.codec import decode
from iam_guardrails.model.incident.examined import Item
from iam_guardrails.model.trail.window import Window
from iam_guardrails.model.unknown import Unknown
from tests.incident_records import CLOCK, Fake, incident

CASES = Path(__file__).parent / "cases" / "incidents" / "effects.yaml"
ORIGIN = {"origin": "live", "account_id": "333333333333", "home_region": "us-east-2"}
NO_BEFORE = Unknown("no capture was made")


def expanded(action: str, case: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    made = []
    for word in case.get("each", [""]):
        fill = {"<What>": word, "<what>": word.lower()}

        def put(value: Any, fill: dict[str, str] = fill, word: str = word) -> Any:
            if value == "<Egress>":
                return word == "Egress"
            if isinstance(value, str):
                return re.sub("<What>|<what>", lambda found: fill[found[0]], value)
            if isinstance(value, dict):
                return {put(key): put(item) for key, item in value.items()}
            return [put(item) for item in value] if isinstance(value, list) else value

        made.append((put(action), put({key: value for key, value in case.items() if key != "each"})))
    return made


def account(told: Mapping[str, Any], where: str) -> Account:
    """An account of a case. further: settings, which the model holds as text."""
    things = {kind: [_with_text(thing) if isinstance(thing, dict) else thing for thing in value]
              if isinstance(value, list) else value for kind, value in told.items()}  # fmt: skip
    made: Account = decode(Account, ORIGIN | things, where)
    return made


def _with_text(thing: Mapping[str, Any]) -> dict[str, Any]:
    return {name: json.dumps(value) if name == "further" else value for name, value in thing.items()}


LOADED = [one for action, case in yaml.safe_load(CASES.read_text()).items() for one in expanded(action, case)]


def items(records: list[Any], live: dict[str, Any], **more: Any) -> tuple[Item, ...]:
    around = Surroundings(Fake(live), more.get("before", NO_BEFORE), more.get("now", NO_BEFORE),
                          lambda: more.get("plan", Unknown("no Terraform")), "us-east-2")  # fmt: skip
    found = Collected(Window(), tuple(records), tuple(more.get("others", ())), (), ())
    return examine(incident(more.get("purpose", "other")), found, around, "test", CLOCK).items
