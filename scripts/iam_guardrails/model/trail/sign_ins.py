"""Sign-ins: those that failed have no error code, often no message either; their own answer tells.

Sources: AWS CloudTrail User Guide, "AWS Management Console sign-in events" (responseElements holds the outcome under
the event's name); AWS IAM Identity Center User Guide, "Sign-in events" (serviceEventDetails does).
"""

from __future__ import annotations

from collections.abc import Mapping

SOURCE = "signin.amazonaws.com"
SUCCESS = "Success"


def is_sign_in(source: str, name: str) -> bool:
    """Whether an event of that source and name is a sign-in, or one of its steps."""
    return source == SOURCE or name == "ConsoleLogin"


def said_failed(record: Mapping[str, object]) -> bool:
    """Whether the record is of a sign-in, or a step of one, whose own answer is another than "Success"."""
    source, name = record.get("eventSource"), record.get("eventName")
    if not isinstance(source, str) or not isinstance(name, str) or not is_sign_in(source, name):
        return False
    answers = (record.get("responseElements"), record.get("serviceEventDetails"))
    said = [answer.get(name) for answer in answers if isinstance(answer, Mapping)]
    return any(isinstance(one, str) and one not in ("", SUCCESS) for one in said)
