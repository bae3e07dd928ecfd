"""Stands for Arrow in tests that need no engine."""

from typing import Any


class Column:
    def __init__(self, values: list[Any]) -> None:
        self.values = values

    def to_pylist(self) -> list[Any]:
        return self.values


class RecordBatch:
    def __init__(self, columns: list[list[Any]]) -> None:
        self.columns = columns

    @staticmethod
    def from_pydict(columns: dict[str, list[Any]]) -> "RecordBatch":
        return RecordBatch(list(columns.values()))

    def column(self, number: int) -> Column:
        return Column(self.columns[number])
