"""What several test folders share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.terraform_tools import warm_provider

# no deadlines: how long an example takes says how busy the machine is; speed is measured by `make bench`
settings.register_profile("without-deadlines", deadline=None)
settings.load_profile("without-deadlines")


@pytest.fixture(scope="session")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A warm AWS provider for the whole session (the value for TF_REATTACH_PROVIDERS)."""
    with warm_provider(tmp_path_factory.mktemp("provider")) as reattach:
        yield reattach
