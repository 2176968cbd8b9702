"""Whole tables, read after every step: what has not changed costs next to nothing."""

from collections.abc import Callable
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import QuerySet
from django.db.models.sql.compiler import SQLCompiler

Row = TypeVar("Row")


def plain(*row: Any) -> tuple[Any, ...]:
    return row


class Rows(Generic[Row]):
    """All rows of a table, read each time, as what `make` makes of them.

    Two things are done once only, for they are nearly all that reading costs: the query is compiled
    at its first use, and a row that the database answers just as before is not made again.
    """

    def __init__(self, query: Callable[[], QuerySet[Any, Any]], make: Callable[..., Row]) -> None:
        self._query, self._make = query, make
        self._made: dict[tuple[Any, ...], Row] = {}

    @cached_property
    def _compiled(self) -> tuple[SQLCompiler, str, tuple[Any, ...]]:
        compiler = self._query().query.get_compiler(connection=connection)
        return compiler, *compiler.as_sql()

    def read(self) -> list[Row]:
        compiler, sql, params = self._compiled
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            found = cursor.fetchall()
        new = [row for row in found if row not in self._made]
        made = compiler.results_iter(results=[[list(row) for row in new]])
        self._made |= {row: self._make(*values) for row, values in zip(new, made, strict=True)}
        rows = [self._made[row] for row in found]
        # What is gone does not come again.
        if len(self._made) > 2 * len(found) + 100:
            self._made = dict(zip(found, rows, strict=True))
        return rows
