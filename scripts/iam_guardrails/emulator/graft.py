"""How a function is put into a moto class: as a new action, or around one that is there already."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

Action = Callable[..., Any]
Around = Callable[..., Any]


class GraftError(RuntimeError):
    """The moto in this process is not the one that the grafts were written for."""


def add_action(response_class: type, *actions: Action) -> None:
    """Give `response_class` each function as an action: moto finds actions by method name.

    Errors: GraftError when the class has the action already; then moto has caught up and the graft must go.
    """
    for action in actions:
        name = action.__name__
        if name in vars(response_class):
            raise GraftError(f"{response_class.__name__}.{name} exists already: this is not the pinned moto")
        setattr(response_class, name, action)


def wrap_action(target: type, *arounds: Around) -> None:
    """Put each function around the method of the same name: it gets the object and the original, bound.

    Errors: GraftError when there is no such method.
    """
    for around in arounds:
        name = around.__name__
        original = vars(target).get(name)
        if original is None:
            raise GraftError(f"{target.__name__}.{name} is missing: this is not the pinned moto")
        setattr(target, name, _joined(original, around))


def _joined(original: Callable[..., Any], around: Around) -> Callable[..., Any]:
    @functools.wraps(around)
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        bound = functools.partial(original, self)
        return around(self, bound, *args, **kwargs)

    return method
