"""Stands for Celery in tests that need no engine."""

from collections.abc import Callable
from typing import Any


class Retry(Exception):
    """The task shall be tried again."""


class Task:
    """A task; a signature is a function without arguments."""

    def __init__(self, function: Callable[..., Any], bind: bool = False) -> None:
        self.function, self.bind = function, bind

    def __call__(self, *arguments: Any) -> Any:
        return self.function(*([self] if self.bind else []), *arguments)

    def s(self, *arguments: Any) -> Callable[..., Any]:
        return lambda *first: self(*first, *arguments)

    def retry(self, exc: Exception) -> Exception:
        return Retry(exc)


class Celery:
    def __init__(self, _name: str) -> None:
        self.conf: dict[str, Any] = {}

    def task(
        self, *functions: Callable[..., Any], bind: bool = False, **_options: Any
    ) -> Any:
        decorate: Callable[..., Task] = lambda function: Task(function, bind)
        return decorate(*functions) if functions else decorate


def chord(tasks: list[Callable[..., Any]]) -> Callable[..., Any]:
    return lambda last: last([task() for task in tasks])
