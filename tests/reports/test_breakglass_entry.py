"""What enter and exit tell: nothing in it steers a terminal, and it fits one."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from tests.incident_records import incident

from iam_guardrails.model.incident.entry import Issued, Keys, Order
from iam_guardrails.model.incident.session import Ended, Gone, Inside
from iam_guardrails.model.incident.step import Exited
from iam_guardrails.reports import breakglass_entry as report

EVIL = "the queue \x1b[31mis\x9b2J stuck\u202e and " + "every caller waits " * 6
NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
USE = incident()
ORDER = Order(USE.id, "prod", "333333333333", "us-east-2", "admin", "arn:role", "alex", 900, 900,
              after=f"guardrails breakglass exit {USE.id}")  # fmt: skip
ISSUED = Issued(Keys("ASIA", "s", "t"), NOW + timedelta(seconds=900), "arn:session", "AROA:alex", "", NOW)
INSIDE = Inside(ORDER, ISSUED, "iam-user", "arn:alex", False, 900, 60, 0.0)  # fmt: skip


def test_no_sign_of_anybody_steers_the_terminal() -> None:
    hostile = incident(reason=EVIL)
    ended = (Ended(Exited("arn:aws:iam::1:role/admin", None, "", f"refused: {EVIL}", f"aws iam {EVIL}"), ()),)
    texts = (
        report.before_entry(hostile, ORDER, f"me {EVIL}", [f"odd {EVIL}"], colours=False),
        report.exit_text(USE, ended, [f"here {EVIL}"]), report.exit_json(USE, ended, [EVIL], recorded=True),
    )  # fmt: skip
    assert r"LOOK  odd the queue \x1b[31mis" in texts[0]
    for text in texts:
        assert not [sign for sign in text if not sign.isprintable() and sign != "\n"], text
        assert [line for line in text.split("\n") if len(line) > 80 and "aws iam" not in line and '"' not in line] == []
    assert json.loads(texts[2])["here"] == [EVIL]


def test_what_is_needed_next_is_the_last_line_and_fits() -> None:
    for text in (
        report.after_entry(INSIDE, colours=False), report.left_text(INSIDE, Gone("expired", 143, 900)),
        report.exit_text(USE, (Ended(Exited("arn:aws:iam::1:role/admin", NOW), ("s",)),), ()),
    ):  # fmt: skip
        lines = text.rstrip("\n").split("\n")
        assert max(map(len, lines)) <= 80 and " guardrails breakglass " in lines[-1]
