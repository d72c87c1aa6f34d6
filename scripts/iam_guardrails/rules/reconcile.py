"""The rules of `breakglass reconcile`: CloudTrail against the records of incidents and drills, both ways.

Each use belongs to one incident or drill, or is found; each record is held against what was used of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from iam_guardrails.model.finding import Clean, Finding, NotJudged, Verdict
from iam_guardrails.model.incident import placing as sides
from iam_guardrails.model.incident.against import Against
from iam_guardrails.model.value import frozen
from iam_guardrails.model.visible import visible
from iam_guardrails.rules import reconcile_records as records
from iam_guardrails.rules import reconcile_refused as refused
from iam_guardrails.rules import reconcile_uses as uses
from iam_guardrails.rules.reconcile_said import Said

FAMILY = "reconcile-"
OF_RECORDS = frozenset({"reconcile-session-late", "reconcile-never-closed", sides.BROKEN})
"""The rules that a record alone can answer: what CloudTrail's source lacks does not touch them."""
_DECLARE, _ACT, _EXIT = "4 Declare incident", "4 Minimal actions", "4 Exit and revoke"
_LOOK_BACK, _REVIEW, _ALERT = "4 Post-incident review", "1 Review", "3 Alerting"
_STS = "AWS IAM User Guide: id_credentials_temp_control-access_monitor (source identity)"
_REVOKE = "AWS IAM User Guide: id_roles_use_revoke-sessions"
_PROCESS = "AWS Well-Architected Framework: sec_permissions_emergency_process"
_TRAIL = "AWS IAM User Guide: cloudtrail-integration"


@frozen
class ReconcileRule:
    """One thing that must hold between CloudTrail and the records; `judge` yields what is wrong, or not judged.

    subjects: how many things it looks at.  The other fields are those of rules.engine.Rule.
    """

    id: str
    title: str
    severity: str
    seed: str
    remedy: str
    reference: str
    judge: Callable[[Against], Iterator[Said]]
    subjects: Callable[[Against], int]


def _uses(against: Against) -> int:
    return len(against.uses_in_window())


def _incidents(against: Against) -> int:
    return len(against.incidents_in_window())


def _refused(against: Against) -> int:
    return len(refused.refused_in_window(against))


RULES: tuple[ReconcileRule, ...] = (
    ReconcileRule(
        sides.UNDECLARED, "Every entry into a break-glass role was declared, beforehand and for that time", "critical",
        _DECLARE, "Ask whoever it was at once; if it was not they, exit (it revokes every session of the role) and"
        " treat it as an intrusion; else declare what happened afterwards as an incident of its own, and review it.",
        _STS, uses.undeclared, _uses,
    ),
    ReconcileRule(
        sides.DRILL_UNRECORDED, "Every entry that calls itself a drill has that drill's record", "high", _ALERT,
        "Commit the drill's record (envs/ENV/records/drills) from the machine that ran it; if no drill was run, treat"
        " the entry as undeclared.", _PROCESS, uses.drill_unrecorded, _uses,
    ),
    ReconcileRule(
        sides.AFTER_EXIT, "Nothing is done with the role after its incident was exited or closed", "critical", _EXIT,
        "Revoke every session of the role now (guardrails breakglass exit), find out who holds them, and review what"
        " was done.", _REVOKE, uses.after_exit, _uses,
    ),
    ReconcileRule(
        sides.OTHER_PERSON, "Who entered is who declared", "high", _DECLARE,
        "Ask both; who takes over an incident opens one of their own, so that each use has its own person.", _TRAIL,
        uses.other_person, _uses,
    ),
    ReconcileRule(
        "reconcile-used-late", "The role is not used for longer than was declared", "high", _DECLARE,
        "Extend the incident before its time is over; review what was done after it.", _PROCESS, uses.used_late, _uses,
    ),
    ReconcileRule(
        "reconcile-session-late", "No session outlives what was declared", "medium", _EXIT,
        "Exit before the declared time is over: it revokes every session.", _REVOKE, records.session_late, _incidents,
    ),
    ReconcileRule(
        "reconcile-outside-purpose", "What was changed belongs to the purpose that was declared", "high", _ACT,
        "Review these calls and revert what nobody needs; say in the record (guardrails breakglass note) why they were"
        " made, and waive the finding until the review is signed.", _PROCESS, uses.outside_purpose, _uses,
    ),
    ReconcileRule(
        "reconcile-entry-missing", "Every entry in a record is in CloudTrail", "high", _REVIEW,
        "Look for the record in every Region and in the trail's files (guardrails trail verify tells of lost ones); a"
        " trail that misses an entry misses others.", _TRAIL, records.entry_missing, _incidents,
    ),
    ReconcileRule(
        "reconcile-never-used", "What is declared is used", "low", _DECLARE,
        "Close the incident with a sentence on why the role was not needed.", _PROCESS, records.never_used, _incidents,
    ),
    ReconcileRule(
        "reconcile-never-exited", "Every incident that was entered was exited", "medium", _EXIT,
        "Run guardrails breakglass exit ID: it ends what may still be alive and writes it down.", _REVOKE,
        records.never_exited, _incidents,
    ),
    ReconcileRule(
        "reconcile-never-closed", "Every incident is closed within a day of its declared end", "high", _LOOK_BACK,
        "Run guardrails breakglass close ID: revert what is temporary and write the review.", _PROCESS,
        records.never_closed, _incidents,
    ),
    ReconcileRule(
        "reconcile-refused-undeclared", "Nobody tries to enter a break-glass role without a declaration", "high",
        _REVIEW, "Ask whoever it was; if it was not they, their credentials are in other hands: disable them.", _TRAIL,
        refused.refused_undeclared, _refused,
    ),
    ReconcileRule(
        "reconcile-refused-declared", "Who declared an incident gets in", "medium", _REVIEW,
        "Find out what was refused (MFA code, session name, source identity, owner's policy) and mend it: the next"
        " emergency may have less time.", _TRAIL, refused.refused_declared, _refused,
    ),
    ReconcileRule(
        sides.BROKEN, "No record of an incident was changed, cut or removed", "critical", _REVIEW,
        "Restore the record from version control or the store, and find out who changed it.", _PROCESS,
        records.record_broken, lambda against: len(against.incidents) + len(against.broken),
    ),
)  # fmt: skip


def judge_reconcile(against: Against, rules: tuple[ReconcileRule, ...] = RULES) -> Verdict:
    """Judge every rule over both sides. Pure."""
    findings: list[Finding] = []
    unsure: list[NotJudged] = []
    clean: list[Clean] = []
    for item in rules:
        said = [Said(visible(one.address), visible(one.message), one.not_judged) for one in item.judge(against)]
        findings += [Finding(item.id, item.severity, one.address, one.message, item.remedy, reference=item.reference)
                     for one in said if not one.not_judged]  # fmt: skip
        unsure += [NotJudged(item.id, one.address, one.message) for one in said if one.not_judged]
        if not said:
            clean.append(Clean(item.id, item.subjects(against)))
    return Verdict(
        tuple(findings), tuple(unsure), (), tuple(clean), (), tuple(visible(one) for one in refused.notes(against))
    )
