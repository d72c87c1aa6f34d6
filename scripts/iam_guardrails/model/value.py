"""`@frozen`: frozen dataclasses that cost nothing to define.

The standard decorator compiles six methods per class with `exec`, about one millisecond each time the program
starts; the model has some fifty classes, and the rules must judge a plan within 50 ms of process time (`make bench`
shows the ratio). `@frozen` shares one set of methods instead. Type checkers treat it as a frozen dataclass, and
`dataclasses.fields`, `replace` and `asdict` work on it.

Limits, on purpose: no inheritance of fields, no `__post_init__`, no keyword-only fields.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from itertools import repeat

TYPE_CHECKING = False  # as typing.TYPE_CHECKING, which costs as much as all that is defined here
if TYPE_CHECKING:
    from typing import Any, NoReturn, TypeVar, dataclass_transform

    T = TypeVar("T")
else:

    def dataclass_transform(**_):  # noqa: D103 - typing's own, which does as little
        return lambda made: made


_put = object.__setattr__
_all = deque[None](maxlen=0).extend
# `_all` of a `map` is a loop without the costs of Python. Values are put one by one, never through `__dict__`: Python
# then keeps them in the object itself, at a fifth of the memory of a dictionary, which counts where an account has a
# hundred thousand statements.


class _Factory:
    __slots__ = ("make",)

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make


def field(*, default_factory: Callable[[], Any]) -> Any:
    """A field whose default is made anew for each instance, e.g. `field(default_factory=dict)`."""
    return _Factory(default_factory)


_REQUIRED = _Factory(dict)  # in the place of a default


class _Fields:
    """Builds what the `dataclasses` module asks a class for, the first time it asks."""

    def __get__(self, instance: object, owner: type) -> Any:
        import dataclasses  # here, because most runs never need it

        space: dict[str, Any] = {
            "__annotations__": dict(owner.__annotations__),
            "__module__": owner.__module__,
        }
        for name, value in owner.__dict__["_defaults"].items():
            made = dataclasses.field(default_factory=value.make) if isinstance(value, _Factory) else value
            space[name] = made
        twin: Any = dataclasses.dataclass(frozen=True)(type(owner.__name__, (), space))
        owner.__dataclass_fields__ = twin.__dataclass_fields__  # type: ignore[attr-defined] # in place of this
        return twin.__dataclass_fields__


def _init(self: Any, *args: Any, **given: Any) -> None:
    cls = type(self)
    names: tuple[str, ...] = cls._names
    if not given and cls._needed <= len(args) <= len(names):
        _all(map(_put, repeat(self), names, (*args, *cls._plain[len(args) :])))
        return
    if len(args) > len(names):
        raise TypeError(f"{cls.__name__}() takes {len(names)} values but {len(args)} were given")
    values = dict(zip(names, args, strict=False))
    if not (given.keys() <= cls._known and values.keys().isdisjoint(given)):
        name = next(name for name in given if name in values or name not in names)
        raise TypeError(f"{cls.__name__}() got an unexpected or repeated argument {name!r}")
    values.update(given)
    if len(values) != len(names):
        _fill(cls, values)
    _all(map(_put, repeat(self), values, values.values()))


def _fill(cls: Any, values: dict[str, Any]) -> None:
    for name in cls._names:
        if name not in values:
            if name not in cls._defaults:
                raise TypeError(f"{cls.__name__}() lacks the argument {name!r}")
            default = cls._defaults[name]
            values[name] = default.make() if isinstance(default, _Factory) else default


def _refuse(self: object, name: str, value: object = None) -> NoReturn:
    raise AttributeError(f"{type(self).__name__} is frozen: {name!r} cannot be changed")


def _values(self: Any) -> tuple[Any, ...]:
    return tuple([getattr(self, name) for name in type(self)._names])


def _eq(self: object, other: object) -> bool:
    if self is other:
        return True
    return _values(self) == _values(other) if type(self) is type(other) else NotImplemented


def _hash(self: object) -> int:
    return hash((type(self).__name__, _values(self)))


def _repr(self: Any) -> str:
    inside = ", ".join(f"{name}={getattr(self, name)!r}" for name in type(self)._names)
    return f"{type(self).__name__}({inside})"


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(cls: type[T]) -> type[T]:
    """Class decorator: a frozen dataclass of the class's own annotated names, in their order."""
    names = tuple(cls.__annotations__)
    plain = [cls.__dict__.get(name, _REQUIRED) for name in names]
    needed = max((at for at, value in enumerate(plain, 1) if isinstance(value, _Factory)), default=0)
    methods: dict[str, Any] = {
        "_plain": tuple(plain),
        "_needed": needed,
        "_names": names,
        "_known": frozenset(names),
        "_defaults": {name: cls.__dict__[name] for name in names if name in cls.__dict__},
        "__init__": _init, "__setattr__": _refuse, "__delattr__": _refuse,
        "__eq__": _eq, "__hash__": _hash, "__repr__": _repr,
        "__match_args__": names, "__dataclass_fields__": _Fields(),
    }  # fmt: skip
    for name, method in methods.items():
        setattr(cls, name, method)
    return cls


def changed(value: T, **changes: Any) -> T:
    """A copy of a `@frozen` value with some of its fields replaced. Raises TypeError for a name it does not have."""
    cls: Any = type(value)
    if not changes.keys() <= cls._known:
        name = next(name for name in changes if name not in cls._known)
        raise TypeError(f"{cls.__name__}() got an unexpected or repeated argument {name!r}")
    made: T = cls(*[changes[name] if name in changes else getattr(value, name) for name in cls._names])
    return made
