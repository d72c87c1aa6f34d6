"""What a plan would do, as Markdown for a person."""

from __future__ import annotations

from iam_guardrails.model.change import Change, Difference
from iam_guardrails.reports.plan import render

CHANGES = (
    Change("aws_sns_topic.first", "aws_sns_topic", "missing", False),
    Change("aws_iam_role.r", "aws_iam_role", "changed", True, (Difference("name", "`a`|b", "c\u202e"),)),
    Change("aws_kms_key.old", "aws_kms_key", "extra", False),
)


def test_what_is_destroyed_stands_first_and_each_attribute_in_a_row() -> None:
    text = render("prod", CHANGES)
    assert text.startswith("# Plan of prod\n\n3 resources: 1 destroyed, 1 changed, 1 made.\n")
    places = [text.index(f"## To be {word} (1)") for word in ("destroyed", "changed", "made")]
    assert places == sorted(places)
    assert "- `aws_kms_key.old`" in text and "- `aws_sns_topic.first`" in text
    (row,) = [line for line in text.splitlines() if "aws_iam_role.r" in line]
    assert "(also changed outside Terraform)" in row and "`name`" in row
    assert "u202e" in row and "\u202e" not in row and "`a`|b" not in row


def test_nothing_to_change_says_so() -> None:
    assert render("dev", ()) == "# Plan of dev\n\nNothing to change.\n"
