"""What walk.c gives to Python."""

from typing import Self, final

FORMAT: int
"""Of what is said here; it changes whenever that does."""
MANY: int
CIRCLE: int
"""What is wrong with a folder beside what the system says of it: more is in it than may be told; it is a link to a
folder that holds it."""

@final
class Walk:
    """A walk through the folder `root` and all that is below it, which a thread begins at once.

    most: how many bytes may be told of one folder.  most_ready: from how many on, of folders that lie ready, the thread
    waits until some are taken.
    """

    def __new__(cls, root: str, most: int, most_ready: int) -> Self: ...
    def __iter__(self) -> Self: ...
    def __next__(self) -> tuple[str, bytes, bytes, bytes, int]:
        """The next folder that was looked at, in any order: its path below the root, with a slash at its end or ""; its
        files' names, sorted, a zero byte between them; four numbers of 64 bits for each of these; a signature of
        both; and what went wrong, 0 for nothing: one of the above, or a number of the module errno, and then nothing
        else is told.

        The numbers: size, when its content and when anything about it was changed last, in nanoseconds since 1970, and
        inode; zeros where a link leads to nothing. The signature, 16 bytes, is another one where any of them is, but by
        chance. Links are followed. Raises what a signal raises, at once, and RuntimeError in a process that was forked
        of the one that walks.
        """

    def close(self) -> None:
        """End the walk: nothing comes any more. The thread ends soon; nobody waits for it."""
