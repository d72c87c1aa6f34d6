"""What alike.c gives to Python."""

from typing import final

Part = tuple[int, int, int, int]
"""Kind, seconds since 1970, and where the record begins and ends."""
Told = tuple[tuple[int, str, bytes], int, str, str]
"""Kind, account (recipientAccountId, else userIdentity.accountId) and requestParameters as they stand there; seconds
since 1970, sourceIPAddress, eventID; what is not there is empty."""

FORMAT: int
"""Of what is said here; it changes whenever that does."""

@final
class Table:
    """The kinds of records that were seen, numbered from 0, and when each came last on each day.

    Records are of one kind when they have the same event name and source, the same error code (without one: the same
    answer to whether there is an error message), and the same caller: the same sessionIssuer.arn, without one the same
    arn, without that the same bytes as userIdentity.

    seed: of the hashes, 64 bits.  most_bytes: of what the kinds are told apart by.
    """

    def __new__(cls, seed: int, most_bytes: int) -> Table: ...
    def read(self, text: bytes | bytearray, /) -> tuple[list[Part], list[Told]] | None:
        """Read an unpacked file, and give each record whose time was not kept here; readings apart.

        Kept are the times of records of plain kinds, of the first four days that come. None, and nothing is kept, where
        the file is not just as CloudTrail writes it, or its kinds have no room.
        """

    def plain(self, kind: int, /) -> None:
        """Of this kind only the times are wanted, from the next file on. IndexError for one that was not seen."""

    def readings(self, kind: int, /) -> None:
        """Of this kind what is in Told is wanted, from the next file on. IndexError for one that was not seen."""

    def take(self) -> dict[int, dict[int, int]]:
        """Day since 1970 -> kind -> seconds since 1970: the latest times that were kept, which are forgotten then."""

    @property
    def kinds(self) -> int:
        """How many kinds were seen."""

    @property
    def records(self) -> int:
        """How many records the file had that was read last, 0 where that was None."""

    @property
    def full(self) -> bool:
        """Whether a kind had no room."""
