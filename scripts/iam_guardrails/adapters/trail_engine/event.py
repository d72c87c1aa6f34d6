"""What is read of a record of CloudTrail, and of a file of them.

Without `from __future__ import annotations`, because msgspec evaluates annotations, and would have to compile each one
that is a text: that takes longer than all else here. The other modules with such shapes do without it, too
(tests/test_startup.py).

Sources: AWS CloudTrail User Guide, "CloudTrail record contents" and "CloudTrail userIdentity element".
"""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Raw, Struct


class Issuer(Struct, gc=False):
    """sessionContext.sessionIssuer."""

    arn: str | None = None


class Attributes(Struct, gc=False):
    """sessionContext.attributes."""

    mfaAuthenticated: str | bool | None = None


class Context(Struct, gc=False):
    """userIdentity.sessionContext."""

    sessionIssuer: Issuer | None = None
    attributes: Attributes | None = None
    sourceIdentity: str | None = None


class OnBehalfOf(Struct, gc=False):
    """userIdentity.onBehalfOf."""

    userId: str | None = None


class Identity(Struct, gc=False):
    """userIdentity."""

    type: str | None = None
    principalId: str | None = None
    arn: str | None = None
    accountId: str | None = None
    userName: str | None = None
    sessionContext: Context | None = None
    invokedBy: str | None = None
    identityProvider: str | None = None
    onBehalfOf: OnBehalfOf | None = None

    @property
    def person(self) -> str:
        """The principal id; of a person of IAM Identity Center, who has none, the id in its directory."""
        return self.principalId or (self.onBehalfOf.userId if self.onBehalfOf else None) or ""


class Addendum(Struct, gc=False):
    """addendum: that the record was delivered late, or corrects another one."""

    updatedFields: str | None = None
    originalEventID: str | None = None


class Event(Struct, gc=False, kw_only=True):
    """What is read of every record. The fields stand in the order in which CloudTrail writes them, which is faster."""

    userIdentity: Identity | None = None
    eventTime: Annotated[datetime, Meta(tz=True)]
    eventSource: str
    eventName: str
    sourceIPAddress: str | None = None
    errorCode: str | None = None
    errorMessage: str | None = None
    requestParameters: Raw = Raw()
    responseElements: Raw = Raw()
    eventID: str | None = None
    readOnly: bool | None = None
    recipientAccountId: str | None = None
    sharedEventID: str | None = None
    addendum: Addendum | None = None


class File(Struct, gc=False, forbid_unknown_fields=True):
    """A file as CloudTrail writes it, in which there is nothing but the records (see `parts_of`)."""

    Records: list[Event]


class RawFile(Struct, gc=False):
    """The same, its records as they stand there."""

    Records: list[Raw]
