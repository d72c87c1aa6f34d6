"""The published CIS patterns against the catalogue: what the document says of them is what the evaluator says."""

from __future__ import annotations

from tests.cis_table import about, events, kept, ours, published, row, seen, together

from iam_guardrails.model.trail.pattern import PatternError


def test_every_distinct_wording_of_the_published_versions_is_there() -> None:
    assert len(published()) == 26
    assert {version for item in published() for version in item["versions"]} == {"1.4", "3.0", "5.0", "6.0", "7.0"}
    assert {item["title"] for item in published() if len(about(item["subject"])) == 0} == {
        item["title"] for item in published() if not item["subject"]
    }


def test_none_of_them_sees_a_use_of_the_role_but_the_one_that_sees_everything() -> None:
    entries = [item for item in events() if item.family == "way in"]
    for item in published():
        try:
            found = len(seen(item["pattern"], entries))
        except PatternError:
            continue
        assert found in (0, len(entries)), item["title"]
        assert found == 0 or item["title"] == "unauthorized calls"


def test_ours_see_everything_and_each_pattern_is_needed_or_told() -> None:
    assert [item.what for item in events() if not ours(item)] == []
    assert len(kept()) >= 25


def test_the_table_tells_what_is_missed_and_what_adds_it() -> None:
    changes = next(row(item) for item in published() if item["title"] == "IAM policy changes")
    assert "UpdateAssumeRolePolicy" in changes[3] and "iam-role-change" in changes[5]
    unquoted = [row(item) for item in published() if "= Failed authentication" in item["pattern"]]
    assert len(unquoted) == 1 and unquoted[0][2].startswith("not valid by the documented syntax: at character")
    lost = {family: (int(whole), int(cis.partition(":")[0])) for family, whole, cis, _ in together()}
    assert lost["way in"][0] == lost["way in"][1] > 30
    assert lost["silencer"][1] > 20
