"""What folder.c gives to Python."""

def entries(path: str, /) -> tuple[bytes, list[str], int, int]:
    """Look at a folder: its files, the names of the folders in it, both sorted, its device and its inode.

    For each file: its name and a zero byte, then four numbers of 64 bits: its size, when its content and when anything
    about it was changed last, in nanoseconds since 1970, and its inode; zeros where a link leads to nothing.
    Raises OSError.
    """
