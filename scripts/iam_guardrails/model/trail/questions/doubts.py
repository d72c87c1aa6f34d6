"""What an answer has to say of the event ids of the records that it rests on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

MOST_NAMED = 5
SHOWN = "all rows are told, but of some only the address or session of one record is"
"""What is shown of records of one row."""
_OF_USES = ("userIdentity", "eventTime", "eventSource", "eventName", "errorCode", "errorMessage")
"""The fields that uses come from."""
_OF_OTHERS = (*_OF_USES, "requestParameters", "sourceIPAddress", "recipientAccountId", "sharedEventID", "eventID")
"""The fields that the other facts come from that are no whole records."""


class Doubts:
    """Event ids under which something is not as it should be; they are added to.

    doubled: of more than one record.  in_one_row: whether some of these are of one row, which shows the address and the
    session of one of them.  disputed: of records that others claim to correct, which may not be so.
    corrected: of records in whose place the one stands that corrects it.  unjoined: shared ones, of records that are
    not those of one call.  unseen: (account, name) of the roles asked about of which there is nothing at all.
    uncorrected: of records that others claim to correct, and that count as well as these.  by_id: no event ids but
    callers, as the account of a resource tells them, who may be there under their ARN, too.
    """

    def __init__(self) -> None:
        self.doubled: set[str] = set()
        self.in_one_row = False
        self.disputed: set[str] = set()
        self.corrected: set[str] = set()
        self.unjoined: set[str] = set()
        self.uncorrected: set[str] = set()
        self.unseen: set[tuple[str, str]] = set()
        self.by_id: set[str] = set()

    def open_points(self) -> Iterator[str]:
        """What they leave open; sentences."""
        if self.doubled:
            yield (
                f"different records have the same event id ({_named(self.doubled)}), which CloudTrail gives to one"
                " event only: some were forged or altered, and which cannot be told from them; "
                + (SHOWN if self.in_one_row else "all that count here are told")
            )
        if self.disputed:
            yield (
                f"other records claim to correct a record ({_named(self.disputed)}), but change more than they name, or"
                " which call it was, who made it or its outcome, are several, or do not count here: which is right"
                " cannot be told from them; all that count here are told"
            )
        if self.uncorrected:
            yield (
                f"other records claim to correct a record ({_named(self.uncorrected)}), and what it said before counts"
                " here too"
            )
        if self.unjoined:
            yield (
                f"records that cannot be of one call share an event id ({_named(self.unjoined)}), as only those of"
                " the two accounts do that record one: which belong together cannot be told from them; each is told by"
                " itself"
            )

    def notes(self) -> Iterator[str]:
        """What is to be known beside; sentences."""
        if self.corrected:
            yield (
                f"a record says that CloudTrail corrected another later ({_named(self.corrected)}), in what it names"
                " and not in who made the call, when or with which outcome: what it says now is told"
            )
        if self.by_id:
            yield (
                f"callers of another account are known by account and id only ({_named(self.by_id)}), as the account of"
                " what they used records them: what their own account recorded of the same calls is here under their"
                " ARN, too, which cannot be told from latest times"
            )


def amended(records: Iterable[tuple[str, str, str]], parts: Collection[str]) -> Iterator[str]:
    """That records were corrected whose first form counts too; a sentence.

    records: model.trail.answer.Coverage.amended.  parts: of the facts, those that an answer comes from.
    """
    fields = _OF_USES if "uses" in parts else _OF_OTHERS
    found = {
        event_id for part, event_id, said in records
        if ("uses" in parts or part in parts) and (not said or any(name in said for name in fields))
    }  # fmt: skip
    if found:
        yield (
            f"a record says that CloudTrail corrected another later ({_named(found)}), and what that said counts here"
            " too, as it cannot be taken back from latest times"
        )


def _named(ids: Iterable[str]) -> str:
    known = sorted(ids)
    more = f" and {len(known) - MOST_NAMED} more" if len(known) > MOST_NAMED else ""
    return f"{', '.join(known[:MOST_NAMED])}{more}"
