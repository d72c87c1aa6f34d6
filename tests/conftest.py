"""What several test folders share."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import pytest
import yaml
from hypothesis import settings

from tests.environment_plans import Planned, planned_once
from tests.terraform_tools import warm_provider

# the files that take longest, the longest first: begun last, one of them would keep a whole run waiting at its end
LONGEST = ("test_demo", "test_trouble", "test_terraform_tests", "test_breakglass_session", "test_breakglass_close",
           "test_environments", "test_odd_records", "test_event_ids", "test_trail_export")  # fmt: skip

# no deadlines: how long an example takes says how busy the machine is; speed is measured by `make bench`
settings.register_profile("without-deadlines", deadline=None)
settings.load_profile("without-deadlines")

# every process of a run reads the cases when it collects the tests: libyaml takes a seventh of the time of PyYAML alone
yaml.SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Of several processes each begins to load the test files elsewhere, and finds compiled what another has loaded.

    Otherwise each would compile all of them, which takes as long as everything else that is done to collect the tests.
    """
    worker = getattr(session.config, "workerinput", None)
    if worker is None:
        return
    here = session.config.rootpath
    found = [path for given in map(Path, session.config.args) if given.is_dir() for path in given.rglob("test_*.py")]
    names = [".".join(path.resolve().relative_to(here).with_suffix("").parts) for path in sorted(found)]
    first = int(worker["workerid"].removeprefix("gw")) * len(names) // worker["workercount"]
    kept, sys.dont_write_bytecode = sys.dont_write_bytecode, False
    for name in names[first:] + names[:first]:
        with suppress(Exception, pytest.skip.Exception):  # whatever it is, the collection meets it again, and tells it
            import_module(name)
    sys.dont_write_bytecode = kept


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first, then those that start Terraform, then the rest."""
    terraform = {item.path for item in items if item.get_closest_marker("terraform")}

    def place(item: pytest.Item) -> int:
        if item.path.stem in LONGEST:
            return LONGEST.index(item.path.stem)
        return len(LONGEST) + (item.path not in terraform)

    items.sort(key=place)


def pytest_collection_finish() -> None:
    """The collected tests live as long as the process: no collection of garbage need look through them again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A warm AWS provider for the whole session (the value for TF_REATTACH_PROVIDERS)."""
    with warm_provider(tmp_path_factory.mktemp("provider")) as reattach:
        yield reattach


@pytest.fixture(scope="session")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Planned:
    """`planned("prod")`: the file of its plan, as JSON."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    return lambda environment: planned_once(environment, shared, tmp_path_factory.mktemp)
