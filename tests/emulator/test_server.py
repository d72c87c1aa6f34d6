"""What the embedded AWS answers when moto fails: SDKs try a 500 again, and no 501 (botocore, retry handler)."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from iam_guardrails.emulator import server


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (RuntimeError("dictionary changed size during iteration"), "500 Internal Server Error"),
        (NotImplementedError("moto lacks it"), "501 Not Implemented"),
        (ValueError("moto cannot read it"), "501 Not Implemented"),
    ],
)
def test_only_a_race_is_to_be_tried_again(error: Exception, status: str, caplog: pytest.LogCaptureFixture) -> None:
    started: list[Any] = []
    with caplog.at_level(logging.ERROR):
        body = b"".join(
            server._failed({"REQUEST_METHOD": "POST", "PATH_INFO": "/x"}, lambda *it: started.append(it), error)
        )
    assert [it[0] for it in started] == [status]
    assert json.loads(body) == {"__type": "EmulatorFailure", "message": repr(error)}
    assert repr(error) in caplog.text and "POST /x" in caplog.text
