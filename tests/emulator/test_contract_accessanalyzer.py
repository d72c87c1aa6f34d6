"""Access Analyzer, a service of our own in the emulator, seen through boto3."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from iam_guardrails.emulator.accessanalyzer import accessanalyzer_backends


@pytest.fixture
def analyzer(aws: Any) -> Any:
    return aws("accessanalyzer")


def refusal(call: Any) -> str:
    with pytest.raises(ClientError) as refused:
        call()
    return str(refused.value.response["Error"]["Code"])


def test_analyzers_are_made_listed_changed_and_deleted(aws: Any, analyzer: Any, account_id: str) -> None:
    arn = analyzer.create_analyzer(analyzerName="external", type="ACCOUNT", tags={"Project": "x"})["arn"]
    assert arn == f"arn:aws:access-analyzer:us-east-2:{account_id}:analyzer/external"
    analyzer.create_analyzer(
        analyzerName="unused",
        type="ACCOUNT_UNUSED_ACCESS",
        configuration={"unusedAccess": {"unusedAccessAge": 45}},
    )
    listed = analyzer.list_analyzers()["analyzers"]
    assert [(each["name"], each["type"], each["status"]) for each in listed] == [
        ("external", "ACCOUNT", "ACTIVE"),
        ("unused", "ACCOUNT_UNUSED_ACCESS", "ACTIVE"),
    ]
    assert listed[1]["configuration"]["unusedAccess"]["unusedAccessAge"] == 45
    assert [each["name"] for each in analyzer.list_analyzers(type="ACCOUNT")["analyzers"]] == ["external"]
    assert aws("accessanalyzer", region="us-east-1").list_analyzers()["analyzers"] == []
    changed = {"unusedAccess": {"unusedAccessAge": 60}}
    assert analyzer.update_analyzer(analyzerName="unused", configuration=changed)["configuration"] == changed
    got = analyzer.get_analyzer(analyzerName="unused")["analyzer"]
    assert got["configuration"]["unusedAccess"]["unusedAccessAge"] == 60
    assert refusal(lambda: analyzer.create_analyzer(analyzerName="unused", type="ACCOUNT")) == "ConflictException"
    analyzer.delete_analyzer(analyzerName="unused")
    assert refusal(lambda: analyzer.get_analyzer(analyzerName="unused")) == "ResourceNotFoundException"


def test_tags(analyzer: Any) -> None:
    arn = analyzer.create_analyzer(analyzerName="a", type="ACCOUNT", tags={"A": "1"})["arn"]
    analyzer.tag_resource(resourceArn=arn, tags={"B": "2"})
    analyzer.untag_resource(resourceArn=arn, tagKeys=["A"])
    assert analyzer.list_tags_for_resource(resourceArn=arn)["tags"] == {"B": "2"}
    gone = arn + "-gone"
    assert refusal(lambda: analyzer.list_tags_for_resource(resourceArn=gone)) == "ResourceNotFoundException"


def test_archive_rules(analyzer: Any) -> None:
    inline = {"ruleName": "inline", "filter": {"isPublic": {"eq": ["false"]}}}
    analyzer.create_analyzer(analyzerName="a", type="ACCOUNT", archiveRules=[inline])
    test = {"resource": {"eq": ["arn:aws:s3:::x"]}}
    analyzer.create_archive_rule(analyzerName="a", ruleName="own", filter=test)
    assert analyzer.get_archive_rule(analyzerName="a", ruleName="own")["archiveRule"]["filter"] == test
    names = [rule["ruleName"] for rule in analyzer.list_archive_rules(analyzerName="a")["archiveRules"]]
    assert names == ["inline", "own"]
    other = {"resource": {"contains": ["y"]}}
    analyzer.update_archive_rule(analyzerName="a", ruleName="own", filter=other)
    assert analyzer.get_archive_rule(analyzerName="a", ruleName="own")["archiveRule"]["filter"] == other
    again = refusal(lambda: analyzer.create_archive_rule(analyzerName="a", ruleName="own", filter=test))
    assert again == "ConflictException"
    analyzer.delete_archive_rule(analyzerName="a", ruleName="own")
    gone = refusal(lambda: analyzer.get_archive_rule(analyzerName="a", ruleName="own"))
    assert gone == "ResourceNotFoundException"


def test_findings_are_those_that_were_put_in(analyzer: Any, account_id: str) -> None:
    arn = analyzer.create_analyzer(analyzerName="a", type="ACCOUNT")["arn"]
    assert analyzer.list_findings_v2(analyzerArn=arn)["findings"] == []
    now = datetime.now(UTC)
    for number, status in enumerate(("ACTIVE", "ARCHIVED")):
        accessanalyzer_backends[account_id]["us-east-2"].findings.append(
            {
                "analyzerArn": arn,
                "id": f"f{number}",
                "resource": f"arn:aws:iam::{account_id}:role/r{number}",
                "resourceType": "AWS::IAM::Role",
                "resourceOwnerAccount": account_id,
                "findingType": "ExternalAccess",
                "status": status,
                "createdAt": now,
                "updatedAt": now,
                "analyzedAt": now,
            }
        )
    assert [each["id"] for each in analyzer.list_findings_v2(analyzerArn=arn)["findings"]] == ["f0", "f1"]
    for test, expected in (
        ({"status": {"eq": ["ACTIVE"]}}, ["f0"]),
        ({"status": {"neq": ["ACTIVE"]}}, ["f1"]),
        ({"resource": {"contains": ["role/r1"]}}, ["f1"]),
        ({"resource": {"exists": True}}, ["f0", "f1"]),
    ):
        found = analyzer.list_findings_v2(analyzerArn=arn, filter=test)["findings"]
        assert [each["id"] for each in found] == expected
    assert analyzer.get_finding_v2(analyzerArn=arn, id="f1")["status"] == "ARCHIVED"
    missing = refusal(lambda: analyzer.get_finding_v2(analyzerArn=arn, id="none"))
    assert missing == "ResourceNotFoundException"
    assert refusal(lambda: analyzer.list_findings_v2(analyzerArn=arn + "x")) == "ResourceNotFoundException"


def test_external_findings_are_listed_whole_page_by_page(analyzer: Any, account_id: str) -> None:
    arn = analyzer.create_analyzer(analyzerName="a", type="ACCOUNT")["arn"]
    unused = analyzer.create_analyzer(analyzerName="u", type="ACCOUNT_UNUSED_ACCESS")["arn"]
    now = datetime.now(UTC)
    outside = {"principal": {"AWS": "444455556666"}, "action": ["sts:AssumeRole"], "isPublic": False}
    for number in range(3):
        accessanalyzer_backends[account_id]["us-east-2"].findings.append(
            {
                "analyzerArn": arn, "id": f"f{number}", "resource": f"arn:aws:iam::{account_id}:role/r{number}",
                "resourceType": "AWS::IAM::Role", "resourceOwnerAccount": account_id, "findingType": "ExternalAccess",
                "status": "ACTIVE", "createdAt": now, "updatedAt": now, "analyzedAt": now,
                "findingDetails": [{"externalAccessDetails": outside}],
            }
        )  # fmt: skip
    first = analyzer.list_findings(analyzerArn=arn, maxResults=2)
    assert [each["id"] for each in first["findings"]] == ["f0", "f1"]
    assert first["findings"][0]["principal"] == outside["principal"]
    assert "findingType" not in first["findings"][0]
    rest = analyzer.list_findings(analyzerArn=arn, nextToken=first["nextToken"])
    assert [each["id"] for each in rest["findings"]] == ["f2"]
    assert "nextToken" not in rest
    assert refusal(lambda: analyzer.list_findings(analyzerArn=unused)) == "ValidationException"
