"""The grafts as a whole: explicit, idempotent, documented, covered, forgotten on reset."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError
from moto import backends
from moto.core import responses
from moto.core.responses import BaseResponse
from moto.iam.responses import IamResponse

import iam_guardrails
from iam_guardrails.emulator import (
    accessanalyzer,
    authorization,
    cloudtrail,
    cloudwatch,
    config,
    credential_report,
    iam,
    install,
    kms,
    last_accessed,
    logs,
    metrics,
    mute,
    sns,
    ssoadmin,
    sts,
)
from iam_guardrails.emulator.graft import GraftError, add_action, wrap_action
from iam_guardrails.emulator.limits import LIMITS, limits_of_rule

ROOT = Path(iam_guardrails.__file__).parents[1]
DOCUMENTED = re.compile(r"API Reference: API_(\w+)")
PARTS = {
    "iam": (iam, credential_report, authorization, last_accessed),
    "sts": (sts,),
    "cloudtrail": (cloudtrail,),
    "cloudwatch": (cloudwatch, metrics, mute),
    "logs": (logs,),
    "sns": (sns,),
    "config": (config,),
    "kms": (kms,),
    "sso-admin": (ssoadmin,),
    "accessanalyzer": (accessanalyzer.AccessAnalyzerResponse,),
}


def documented() -> list[tuple[str, str, str]]:
    """(service, function, API page) of every function or method that names an API page."""
    found = []
    for service, parts in PARTS.items():
        for part in parts:
            for name, value in vars(part).items():
                match = DOCUMENTED.search(getattr(value, "__doc__", None) or "")
                if match and callable(value):
                    found.append((service, name, match[1]))
    return found


def operations(service: str) -> set[str]:
    return set(botocore.session.get_session().get_service_model(service).operation_names)


def test_every_action_names_its_api_page() -> None:
    pages = {(service, page) for service, _, page in documented()}
    known = {service: operations(service) for service in PARTS}
    shapes = {("cloudtrail", "Trail")}  # the page of a data type, not of an action
    assert not {(s, page) for s, page in pages - shapes if page not in known[s]}
    assert len(pages) > 40


def test_every_action_is_called_by_a_contract_test() -> None:
    text = "".join(path.read_text() for path in Path(__file__).parent.glob("test_contract_*.py"))
    # a paginator names its action in quotes
    missing = [name for _, name, _ in documented() if f".{name}(" not in text and f'"{name}"' not in text]
    assert missing == []


def test_import_grafts_nothing() -> None:
    code = (
        "import iam_guardrails.emulator.limits, sys; assert 'moto' not in sys.modules;"
        "from moto.core.responses import BaseResponse; before = BaseResponse.call_action;"
        "import iam_guardrails.emulator.installation as i; from moto.iam.responses import IamResponse;"
        "assert BaseResponse.call_action is before and not hasattr(IamResponse, 'tag_mfa_device');"
        "i.install_all(); assert BaseResponse.call_action is not before; IamResponse.tag_mfa_device"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_install_twice_is_install_once(endpoint: str) -> None:
    before = (BaseResponse.call_action, IamResponse.create_user)
    install()
    assert (BaseResponse.call_action, IamResponse.create_user) == before


def test_a_graft_that_does_not_fit_is_refused() -> None:
    class Target:
        def there(self) -> int:
            return 1

    def there(self: Any, *rest: Any) -> int:
        return 2

    def missing(self: Any, *rest: Any) -> int:
        return 3

    with pytest.raises(GraftError, match="exists already"):
        add_action(Target, there)
    with pytest.raises(GraftError, match="is missing"):
        wrap_action(Target, missing)
    assert Target().there() == 1


@pytest.mark.filterwarnings("ignore:Exception.NotPartOfIt")
def test_an_action_that_nobody_wrote_is_refused_in_one_sentence(aws: Any) -> None:
    for service, call in (
        ("iam", lambda c: c.list_delegation_requests()),
        ("cloudtrail", lambda c: c.list_channels()),
        ("cloudwatch", lambda c: c.list_metric_streams()),
    ):
        with pytest.raises(ClientError) as refused:
            call(aws(service))
        assert refused.value.response["Error"]["Code"] == "NotImplemented"
        assert "The embedded AWS does not have" in refused.value.response["Error"]["Message"]
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_a_service_that_nobody_wrote_is_refused(endpoint: str) -> None:
    request = urllib.request.Request(
        endpoint + "/",
        data=b"{}",
        headers={"Authorization": "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/rolesanywhere/aws4_request"},
    )
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=10)
    assert refused.value.code in (404, 501)


def test_s3_control_is_reached_through_the_proxy(aws: Any, account_id: str) -> None:
    control = aws("s3control")
    switches = dict.fromkeys(
        ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
    )
    control.put_public_access_block(AccountId=account_id, PublicAccessBlockConfiguration=switches)
    told = control.get_public_access_block(AccountId=account_id)["PublicAccessBlockConfiguration"]
    assert told == switches


def test_the_aws_managed_policies_are_there_with_counts_of_their_own(aws: Any, assume: Any) -> None:
    arn = "arn:aws:iam::aws:policy/AdministratorAccess"
    first = aws("iam")
    other = aws("iam", keys=assume("arn:aws:iam::499999999999:role/x"))
    for client in (first, other):
        assert client.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"] == 0
    first.create_user(UserName="u")
    first.attach_user_policy(UserName="u", PolicyArn=arn)
    counts = [client.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"] for client in (first, other)]
    assert counts == [1, 0]
    assert first.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]["Document"]["Statement"]


def test_reset_forgets_what_the_grafts_remember(endpoint: str, aws: Any, assume: Any, account_id: str) -> None:
    aws("accessanalyzer").create_analyzer(analyzerName="a", type="ACCOUNT")
    schedule = {"Expression": "cron(* * * * *)", "Duration": "PT1H"}
    aws("cloudwatch").put_alarm_mute_rule(Name="m", Rule={"Schedule": schedule})
    aws("sns").create_topic(Name="t")
    urllib.request.urlopen(urllib.request.Request(endpoint + "/moto-api/reset", method="POST"), timeout=30)
    keys = assume(f"arn:aws:iam::{account_id}:role/Tester")
    assert aws("accessanalyzer", keys=keys).list_analyzers()["analyzers"] == []
    assert aws("cloudwatch", keys=keys).list_alarm_mute_rules()["AlarmMuteRuleSummaries"] == []
    seen = aws("cloudtrail", keys=keys).lookup_events()["Events"]
    assert "CreateTopic" not in [event["EventName"] for event in seen]


def test_limits_are_declared_once_each() -> None:
    assert len({limit.id for limit in LIMITS}) == len(LIMITS)
    assert all(limit.what.endswith(".") and limit.consequence.endswith(".") for limit in LIMITS)
    assert [limit.id for limit in limits_of_rule("trail-delivering")] == ["delivery-is-simulated"]
    assert limits_of_rule("breakglass-trust-mfa") == ()


def test_what_cannot_change_is_looked_up_once_and_is_what_moto_finds() -> None:
    install()
    modules = backends.list_of_moto_modules()
    assert {"iam", "s3", "cloudtrail"} <= modules and "__pycache__" not in modules
    assert backends.list_of_moto_modules() is modules
    names = responses.method_names_from_class(IamResponse)
    assert names == [name for name, _ in inspect.getmembers(IamResponse, predicate=inspect.isfunction)]
    assert responses.method_names_from_class(IamResponse) is names
