"""The patterns that documents and benchmarks read are those that prod plans."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.prod_filters import kept, planned

pytestmark = pytest.mark.terraform


def test_the_kept_patterns_are_the_planned_ones(tmp_path: Path) -> None:
    assert kept() == planned(tmp_path), "write them anew: python -m tests.prod_filters"
