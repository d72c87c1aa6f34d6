"""The keys of other services' logs, as AWS's documentation shows them, and keys that are none."""

from __future__ import annotations

import pytest

from iam_guardrails.model.trail.other_logs import days_of, is_other_log

OF = "AWSLogs/111122223333/"
OTHER_LOGS = (
    f"o-abcdefghij/{OF}Config/ConfigWritabilityCheckFile",
    f"{OF}Config/us-east-2/2016/9/27/ConfigSnapshot/111122223333_Config_us-east-2_ConfigSnapshot_20160927T183939Z_16da64e4-"
    "cb65-4846-b061-e6c3ba43cb96.json.gz",
    f"{OF}Config/us-west-2/2016/10/6/OversizedChangeNotification/AWS::EC2::Instance/id_14b76876/111122223333_Config_"
    "us-west-2_ChangeNotification_AWS::EC2::Instance_id_14b76876_20161006T164616Z_0.json.gz",
    f"{OF}Config/us-east-1/2026/1/10/ConfigHistory/111122223333_Config_us-east-1_ConfigHistory_AWS::IAM::Role_"
    "20260110T010203Z_20260110T020304Z_1.json.gz",
    "p/AWSLogs/o-abcdefghij/111122223333/vpcflowlogs/us-east-1/2018/06/20/111122223333_vpcflowlogs_us-east-1_fl-1234abcd"
    "_20180620T1620Z_fe123456.log.gz",
    "AWSLogs/aws-account-id=111122223333/aws-service=vpcflowlogs/aws-region=eu-west-3/year=2022/month=08/day=31/"
    "111122223333_vpcflowlogs_eu-west-3_fl-032a163fae170ae52_20220831T1255Z_2ad4bef5.log.parquet",
    f"{OF}ELBAccessLogTestFile",
    f"{OF}elasticloadbalancing/us-east-2/2016/05/01/111122223333_elasticloadbalancing_us-east-2_app.my-balancer.1234567890"
    "abcdef_20140215T2340Z_172.160.001.192_20sg8hgm.log.gz",
    f"{OF}elasticloadbalancing/us-west-2/2014/02/15/111122223333_elasticloadbalancing_us-west-2_my-balancer_20140215T2340Z"
    "_172.160.001.192_20sg8hgm.log",
    f"{OF}elasticloadbalancing/us-east-2/2016/05/01/conn_log.111122223333_elasticloadbalancing_us-east-2_app.b.1234567890"
    "abcdef_20140215T2340Z_172.160.001.192_20sg8hgm.log.gz",
    f"{OF}WAFLogs/cloudfront/acl/2021/10/28/19/50/111122223333_waflogs_cloudfront_acl_20211028T1950Z_e0ca43b5.log.gz",
    f"{OF}vpcdnsquerylogs/vpc-0a1b2c/2021/05/11/vpc-0a1b2c_vpcdnsquerylogs_111122223333_20210511T0910Z_71584702.log.gz",
    f"{OF}network-firewall/flow/us-east-1/wall/2023/02/20/16/111122223333_network-firewall_flow_us-east-1_wall_"
    "202302201610_e5c84094.log.gz",
    f"{OF}GuardDuty/us-east-1/2024/05/30/07a3f2ce-1485-3031-b842-e1f324c4a48d.jsonl.gz",
    f"{OF}redshift/us-east-1/2013/10/29/111122223333_redshift_us-east-1_mycluster_userlog_2013-10-29T18:01.gz",
    f"{OF}CloudFront/EMLARXS9EXAMPLE.2019-11-14-20.a1b2c3d4.gz",
    "111122223333/Config/ConfigWritabilityCheckFile",  # of a copy of what lies below AWSLogs
    "vpcflowlogs/us-east-1/2018/06/20/111122223333_vpcflowlogs_us-east-1_fl-1234abcd_20180620T1620Z_fe123456.log.gz",
)
NONE = (
    f"{OF}Config/us-east-1/2026/1/10/111122223333_CloudTrail_us-east-1_20260110T0905Z_9nYN7gp2eWAJHIfT.json.gz",
    f"{OF}Config/us-east-1/2026/1/10/ConfigHistory/notes.json.gz",
    f"{OF}Config/us-east-1/2026/1/10/ConfigWritabilityCheckFile",
    f"{OF}CloudTrail/us-east-1/2018/06/20/111122223333_vpcflowlogs_us-east-1_fl-1234abcd_20180620T1620Z_fe123456.log.gz",
    f"{OF}vpcflowlogs/us-east-1/2026/01/10/111122223333_CloudTrail_us-east-1_20260110T0905Z_9nYN7gp2eWAJHIfT.json.gz",
    "else/Config/ConfigWritabilityCheckFile",
    f"{OF}elsewhere/ELBAccessLogTestFile",
    f"{OF}Config/us-east-2/2016/9/27/ConfigSnapshot/111122223333_Config_us-east-2_ConfigSnapshot_x.json.gz",
)


@pytest.mark.parametrize("key", OTHER_LOGS)
def test_other_logs_are_known_by_place_and_name(key: str) -> None:
    assert is_other_log(key)
    assert not is_other_log(key + "x") and not is_other_log(key.replace("1111222", "111x222").replace("vpcf", "vpcx"))


@pytest.mark.parametrize("key", NONE)
def test_a_file_with_another_name_or_in_another_place_is_none(key: str) -> None:
    assert not is_other_log(key)


@pytest.mark.parametrize(
    ("folder", "days"),
    [
        (f"{OF}Config/us-east-2/2016/9/7/ConfigSnapshot/", ("2016-09-07", "2016-09-07")),
        (f"{OF}vpcflowlogs/us-east-1/2018/06/", ("2018-06-01", "2018-06-31")),
        (f"{OF}WAFLogs/cloudfront/acl/2021/10/28/19/50/", ("2021-10-28", "2021-10-28")),
        (f"{OF}GuardDuty/us-east-1/2024/", ("2024-01-01", "2024-12-31")),
        ("AWSLogs/aws-account-id=111122223333/aws-service=vpcflowlogs/aws-region=a/year=2022/month=08/day=31/hour=01/",
         ("2022-08-31", "2022-08-31")),
        (f"{OF}GuardDuty/us-east-1/", None),
        (f"{OF}CloudTrail/us-east-1/2024/01/01/", None),
        ("x/2024/01/01/", None),
    ],
)  # fmt: skip
def test_the_days_of_a_folder(folder: str, days: tuple[str, str] | None) -> None:
    assert days_of(folder) == days
