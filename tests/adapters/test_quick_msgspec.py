"""What is left out while msgspec is loaded is there for everything else."""

from __future__ import annotations

import subprocess
import sys

import pytest

LOADED = """
import sys
from iam_guardrails.adapters import quick_msgspec
names = {"platform", "textwrap", "typing_extensions"} | {f"msgspec.{part}" for part in ("inspect", "toml", "yaml")}
assert not names & set(sys.modules), "loaded before"
quick_msgspec.load()
assert not names & set(sys.modules), "left behind"
import pickle, platform, textwrap, uuid
assert platform.machine() == platform.uname().machine and platform.system() == uuid._platform_system
assert textwrap.indent("a", " ") == " a" and pickle.loads(pickle.dumps(uuid.uuid4())).version == 4
try:
    import typing_extensions
except ImportError:
    pass
else:
    assert typing_extensions.Protocol
import msgspec
class Told(msgspec.Struct):
    \"\"\"
    One.
      Two.
    \"\"\"
    value: int
assert not names & set(sys.modules) - {"platform", "textwrap", "typing_extensions"}
assert msgspec.inspect.type_info(int) == msgspec.inspect.IntType() and msgspec.inspect is sys.modules["msgspec.inspect"]
from msgspec import toml, yaml
import msgspec.yaml
assert toml.decode(b"a = 1") == {"a": 1} and yaml is msgspec.yaml
assert not hasattr(msgspec, "other")
assert set(msgspec.json.schema_components([Told])[1]) == {"Told"}
assert msgspec.json.schema(Told)["$defs"]["Told"]["description"] == "One.\\n  Two."
assert msgspec.json.decode(b'{"value":1}', type=Told).value == 1
quick_msgspec.load()
"""
BESIDE = """
import sys, threading
from iam_guardrails.adapters import quick_msgspec
wait = threading.Event()
threading.Thread(target=wait.wait).start()
quick_msgspec.load()
wait.set()
import platform, uuid
assert uuid.platform is platform and sys.modules["msgspec"]
"""


@pytest.mark.parametrize("script", [LOADED, BESIDE], ids=["alone", "beside a thread"])
def test_nothing_else_is_without_what_is_left_out(script: str) -> None:
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
