"""A verdict as JUnit XML, for CI test views."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from iam_guardrails.model.finding import NotJudged, Verdict
from iam_guardrails.reports.summary import ordered


def render(verdict: Verdict, title: str) -> str:
    """One test case per finding (failure), per not-judged or waived outcome (skipped) and per clean rule."""
    cases = []
    for item in ordered(verdict.findings):
        cases.append(_case(item.rule, item.address, "failure", f"{item.message} {item.remedy}", item.severity))
    for unsure in verdict.not_judged:
        cases.append(_case(unsure.rule, unsure.address, "skipped", f"not judged: {unsure.reason}{_to_know(unsure)}"))
    for waived in verdict.waived:
        text = f"waived until {waived.waiver.expires_on.isoformat()}: {waived.waiver.reason}"
        cases.append(_case(waived.finding.rule, waived.finding.address, "skipped", text))
    cases += [f'  <testcase classname={quoteattr(item.rule)} name="{item.subjects} judged"/>' for item in verdict.clean]
    skipped = len(verdict.not_judged) + len(verdict.waived)
    head = (
        f'<testsuite name={quoteattr(title)} tests="{len(cases)}" failures="{len(verdict.findings)}"'
        f' errors="0" skipped="{skipped}">'
    )
    body = "\n".join(cases)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{head}\n{body}\n</testsuite>\n'


def _case(rule: str, address: str, kind: str, message: str, severity: str = "") -> str:
    extra = f" type={quoteattr(severity)}" if severity else ""
    return (
        f"  <testcase classname={quoteattr(rule)} name={quoteattr(address)}>"
        f"<{kind} message={quoteattr(message)}{extra}>{escape(message)}</{kind}></testcase>"
    )


def _to_know(item: NotJudged) -> str:
    return f"; to make it known, {item.to_know}" if item.to_know else ""
