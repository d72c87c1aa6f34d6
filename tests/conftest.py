"""What several test folders share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.terraform_tools import warm_provider


@pytest.fixture(scope="session")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A warm AWS provider for the whole session (the value for TF_REATTACH_PROVIDERS)."""
    with warm_provider(tmp_path_factory.mktemp("provider")) as reattach:
        yield reattach
