"""The keys under which AWS's other services store their own logs, beside CloudTrail's, in one bucket.

A key is one of those only where both its folder and its name are as the service gives them, so that a file of
CloudTrail's that was moved there is none of them, nor is any file whose name nobody knows.

Sources: AWS Config Developer Guide, "Viewing and verifying AWS Config delivery" and the example notifications
(ConfigHistory, ConfigSnapshot, OversizedChangeNotification); Amazon VPC User Guide, "Flow log files"; Elastic Load
Balancing User Guides, "Access log files" and "Connection log files"; AWS WAF Developer Guide, "Sending web ACL traffic
logs to an Amazon S3 bucket"; Amazon Route 53 Developer Guide, "Resolver query logging"; AWS Network Firewall Developer
Guide, "Amazon Simple Storage Service"; Amazon GuardDuty User Guide, "Exporting generated findings"; Amazon Redshift
Management Guide, "Managing log files"; Amazon CloudFront Developer Guide, "Standard logging (v2)"; AWS Global
Accelerator Developer Guide, "Flow logs".
"""

from __future__ import annotations

import re

from iam_guardrails.model.expression import Expression

# below AWSLogs; a copy may begin at any of the folders in between
_ACCOUNT = r"(?:(?:(?:.*/)?AWSLogs/)?(?:o-[a-z0-9]{10,32}/)?(?:aws-account-id=)?\d{12}/)"
_DAY = r"20\d{6}T\d{4}(?:\d\d)?Z"
# the folder -> its files' names, whatever folders are in between
_NAMES = {
    "Config": rf"\d{{12}}_Config_[a-z0-9-]+_(?:ConfigHistory|ConfigSnapshot|"
              rf"ChangeNotification)_[^/]*{_DAY}_[^/]*\.json(?:\.gz)?",
    "(?:aws-service=)?vpcflowlogs": rf"\d{{12}}_vpcflowlogs_[a-z0-9-]+_fl-[0-9a-f]+_{_DAY}_[0-9a-z]+"
                                    r"\.log(?:\.gz|\.parquet)",
    "elasticloadbalancing": rf"(?:conn_log\.|health_check_log\.)?\d{{12}}_elasticloadbalancing_[a-z0-9-]+_[^/]+_{_DAY}"
                            r"_[^/]*\.log(?:\.gz)?",
    "WAFLogs": rf"\d{{12}}_waflogs_[a-z0-9-]+_[^/]+_{_DAY}_[0-9a-z]+\.log\.gz",
    "vpcdnsquerylogs": rf"vpc-[0-9a-f]+_vpcdnsquerylogs_\d{{12}}_{_DAY}_[0-9a-z]+\.log\.gz",
    "network-firewall": rf"\d{{12}}_network-firewall_(?:alert|flow|tls)_[^/]+_(?:{_DAY}|20\d{{10}})_[0-9a-z]+\.log\.gz",
    "GuardDuty": r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.jsonl\.gz",
    "redshift": r"\d{12}_redshift_[a-z0-9-]+_[^/]+_20\d\d-[01]\d-[0-3]\dT[0-2]\d[:_][0-5]\d\.gz",
    "CloudFront": r"[A-Z0-9]+\.20\d\d-[01]\d-[0-3]\d-[0-2]\d\.[0-9a-f]+\.gz",
    "globalaccelerator": rf"\d{{12}}_globalaccelerator_[^/]+_{_DAY}_[0-9a-z]+\.log\.gz",
}  # fmt: skip
_TESTS = r"Config/ConfigWritabilityCheckFile|ELB(?:Access|Connection|HealthCheck)LogTestFile"
_KEY = Expression(
    rf"{_ACCOUNT}?(?:{_TESTS}|" + "|".join(f"{folder}/(?:.*/)?(?:{name})" for folder, name in _NAMES.items()) + ")",
    re.ASCII | re.DOTALL,
)
SERVICES = "|".join(_NAMES)
"""The services' folders in that of an account, as a part of a regular expression."""
_PART = r"(?:(?:year|month|day)=)?"
_DAY_FOLDER = Expression(
    rf"{_ACCOUNT}?(?:{SERVICES})/(?:.*?/)??(?P<year>{_PART}2\d{{3}})/(?:(?P<month>{_PART}(?:0?[1-9]|1[0-2]))/"
    rf"(?:(?P<day>{_PART}(?:0?[1-9]|[12]\d|3[01]))/)?)?(?:.*/)?",
    re.ASCII | re.DOTALL,
)


def is_other_log(key: str) -> bool:
    """Whether a key is one under which another service than CloudTrail stores its logs."""
    return _KEY.fullmatch(key) is not None


def days_of(folder: str) -> tuple[str, str] | None:
    """The first and the last day (YYYY-MM-DD) of which another service's folder is; None where it does not tell."""
    said = _DAY_FOLDER.fullmatch(folder)
    if said is None:
        return None
    year, month, day = (re.sub(r"\D", "", part or "") for part in said.group("year", "month", "day"))
    first = f"{year}-{month.zfill(2) if month else '01'}-{day.zfill(2) if day else '01'}"
    last = f"{year}-{month.zfill(2) if month else '12'}-{day.zfill(2) if day else '31'}"
    return first, last
