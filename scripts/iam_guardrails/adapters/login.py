"""Who is at this machine, as the machine itself knows them."""

from __future__ import annotations

import contextlib
import getpass
import subprocess


def login_names() -> tuple[str, ...]:
    """The address that git knows and the login name; what is not known is left out."""
    found = []
    try:
        ran = subprocess.run(["git", "config", "user.email"], capture_output=True, text=True, check=False, timeout=5)
        found.append(ran.stdout.strip())
    except (OSError, subprocess.TimeoutExpired):
        pass  # no git, or none that answers: the login name is left
    with contextlib.suppress(KeyError, OSError):  # a container's user may have no name
        found.append(getpass.getuser())
    return tuple(name for name in found if name)
