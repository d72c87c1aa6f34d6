"""`terraform fmt` for the text of one file."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path


def formatter(binary: Path, environ: Mapping[str, str]) -> Callable[[str], str | None]:
    """A function that formats a text; it gives None where Terraform does not take the text, or does not run."""

    def formatted(text: str) -> str | None:
        try:
            ran = subprocess.run([str(binary), "fmt", "-"], input=text, env=dict(environ), capture_output=True,
                                 text=True, timeout=60)  # fmt: skip
        except (OSError, subprocess.TimeoutExpired):
            return None
        return ran.stdout if ran.returncode == 0 else None

    return formatted
