"""Loads msgspec without what it does not need from modules that take as long to load as all the rest.

Where typing_extensions is not installed it takes the same names from typing, which have been there since Python 3.11.
Tools that developers have beside us bring typing_extensions; the requirements of the product do not. It loads uuid,
which asks the module platform for the system's name and for nothing else (CPython, Lib/uuid.py). Its own modules for
JSON Schemas, TOML, YAML and for looking into types are loaded when one is asked for.

Where another thread runs nothing is left out: what it imports meanwhile would be what stands here for a module.
"""

import os
import sys
from _thread import _count as other_threads
from types import SimpleNamespace

_APART = ("inspect", "toml", "yaml")


def _part(name: str) -> object:
    """What msgspec has under a name that is not there yet (PEP 562)."""
    if name not in _APART:
        raise AttributeError(f"module 'msgspec' has no attribute {name!r}", name=name)
    from importlib import import_module

    return import_module(f"msgspec.{name}")


def _schema(*arguments: object, **named: object) -> object:
    from msgspec._json_schema import schema

    return schema(*arguments, **named)  # type: ignore[arg-type]  # whatever it takes


def _schema_components(*arguments: object, **named: object) -> object:
    from msgspec._json_schema import schema_components

    return schema_components(*arguments, **named)  # type: ignore[arg-type]  # whatever it takes


def load() -> None:
    """Load msgspec, for all that is loaded after it."""
    if "msgspec" in sys.modules:
        return
    if other_threads():
        import msgspec

        return
    instead = {
        "typing_extensions": None,  # what `import` takes for not installed
        "platform": SimpleNamespace(system=lambda: os.uname().sysname),
        "msgspec._json_schema": SimpleNamespace(schema=_schema, schema_components=_schema_components),
        **{f"msgspec.{name}": SimpleNamespace() for name in _APART},
    }
    put = {name: module for name, module in instead.items() if name not in sys.modules}
    sys.modules.update(put)  # type: ignore[arg-type]  # what stands for a module, for a moment
    try:
        import msgspec
    finally:
        for name in put:
            del sys.modules[name]
    for name in _APART:
        if vars(msgspec).get(name) is instead[f"msgspec.{name}"]:
            delattr(msgspec, name)
    vars(msgspec).setdefault("__getattr__", _part)
