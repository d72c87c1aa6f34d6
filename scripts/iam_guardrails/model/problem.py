"""The one kind of error a person sees."""

from __future__ import annotations


class Problem(Exception):
    """Something a run cannot go on from. The message is one clear sentence: what is wrong, where, what to do.

    The command line prints it and ends with exit code 2.
    """
