"""chain: one account, from a plan or live, with every event followed to people, and what the rules find in it."""

from __future__ import annotations

from datetime import date

from iam_guardrails.model.account import Account
from iam_guardrails.model.chain.links import Outcome, Route
from iam_guardrails.model.chain.proof import prove
from iam_guardrails.model.chain.silenced import Silenced, silenced_now
from iam_guardrails.model.expected import Expected, require_role
from iam_guardrails.model.finding import Verdict
from iam_guardrails.model.silencers import SILENCERS
from iam_guardrails.model.trail.catalogue import SILENCER
from iam_guardrails.model.value import frozen
from iam_guardrails.rules import chain, delivery, detection
from iam_guardrails.rules.breakglass_boundary import denied_silencers
from iam_guardrails.rules.breakglass_permissions import RULES as PERMISSION_RULES
from iam_guardrails.rules.engine import judge_all
from iam_guardrails.rules.recording_config import RULES as CONFIG_RULES
from iam_guardrails.rules.recording_trail import RULES as TRAIL_RULES
from iam_guardrails.rules.waivers import apply_waivers

BOUNDARY, RECORDER = "breakglass-boundary-denies-silencers", "config-recorder-recording"
JUDGED = (
    *TRAIL_RULES, *detection.RULES, *delivery.RULES, *chain.RULES,
    *(item for item in PERMISSION_RULES if item.id == BOUNDARY),
    *(item for item in CONFIG_RULES if item.id == RECORDER),
)  # fmt: skip
"""The rules that speak of a link, of the chain as a whole, or of a silencer that is in effect."""


@frozen
class SilencerState:
    """One silencing call. alarmed_by: names of the alarms and event rules that tell of it.  told: whether somebody
    hears.  denied: whether the break-glass roles are denied it (None: not known, or there is no role).  active: where
    its effect is there now."""

    call: str
    silences: str
    alarmed_by: tuple[str, ...]
    told: bool | None
    denied: bool | None
    active: tuple[Silenced, ...] = ()


@frozen
class ChainReport:
    """What `guardrails chain` shows. origin: "plan" or "live".  strays: see model/chain/proof.py."""

    title: str
    account_id: str
    origin: str
    outcomes: tuple[Outcome, ...]
    strays: tuple[Route, ...]
    silencers: tuple[SilencerState, ...]
    verdict: Verdict


def report_of(account: Account, expected: Expected, today: date, title: str) -> ChainReport:
    """Follow every event. Raises Problem where guardrails.toml names no break-glass role to follow."""
    require_role(expected)
    proof = prove(account, expected)
    where = "plan" if account.origin == "plan" else "live"
    # a recorder is no link: it counts here where it is silenced, not where the stack has none
    rules = [item for item in JUDGED if item.id != RECORDER or account.config_recorders]
    judged = {item.id for item in rules}
    waivers = [item for item in expected.waivers if item.rule in judged]
    verdict = apply_waivers(judge_all(rules, account, expected), waivers, today, where)
    return ChainReport(
        title, account.account_id, account.origin, proof.outcomes, proof.strays, _silencers(account, expected), verdict
    )


def _silencers(account: Account, expected: Expected) -> tuple[SilencerState, ...]:
    outcomes = prove(account, expected).of(SILENCER)
    denied = denied_silencers(account, expected)
    now = silenced_now(account, expected)
    found = []
    for silencer in SILENCERS:
        mine = [item for item in outcomes if item.event.call == silencer.name]
        names = tuple(dict.fromkeys(f"{route.way} {route.name}" for item in mine for route in item.telling))
        fates = {item.told for item in mine}
        told = False if False in fates else None if None in fates else True
        active = tuple(item for item in now if item.call == silencer.name)
        found.append(SilencerState(silencer.name, silencer.silences, names, told, denied.get(silencer.name), active))
    return tuple(found)
