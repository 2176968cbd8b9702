"""Reads that are asked all day long, as SQL that is made once.

Making the SQL of a queryset costs Django three times what asking the database does. A `Compiled`
read is a queryset in which parameters stand for the values: its SQL is made at the first call in a
process, from then on only values are put in. For pages that are shown more than any other;
elsewhere a plain queryset says the same more simply. They are written with the decorator
`compiled`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Expression, Field, Model, QuerySet
from django.db.models.query import ModelIterable, get_related_populators
from django.db.models.sql.compiler import SQLCompiler
from django.db.transaction import TransactionManagementError

# Of a column: its position, what turns the database's value into Python's, and of what it is.
_Converter = tuple[int, list[Callable[..., Any]], Any]


class Parameter(Expression):
    """Stands in a queryset for a value that comes with each call."""

    def __init__(self, name: str, field: Field[Any, Any]) -> None:
        super().__init__(output_field=field)
        self.name = name

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> tuple[str, Any]:
        return "%s", [self]

    def get_group_by_cols(self) -> list[Any]:
        """None, as of any value: written into the SQL by the client, 30 would be a 30th column."""
        return []


@dataclass(frozen=True)
class Statement:
    """SQL with `%s` for each of the parameters, and how its rows are read."""

    sql: str
    parameters: list[Any]
    converters: list[_Converter]
    # None: rows are tuples, as `values_list` gives them.
    instances: Instances | None
    # It locks what it reads: only in a transaction.
    locks: bool


@dataclass(frozen=True)
class Instances:
    """How a row becomes an instance, with those that `select_related` names."""

    model: type[Model]
    columns: slice
    names: list[str]
    related: list[Any]

    def of(self, row: tuple[Any, ...]) -> Model:
        made = self.model.from_db(connection.alias, self.names, row[self.columns])
        for related in self.related:
            related.populate(row, made)
        return made


class Compiled:
    """A read by that queryset: `Compiled(lambda day: Slot.objects.filter(…), day=DateField())`.

    `make` gets a `Parameter` for each of the fields, where `filter()` takes a value; calls pass
    the values by the same names. Whatever else the queryset depends on must never change: `make`
    is asked once. Rows are instances, or tuples after `values_list`.
    """

    def __init__(self, make: Callable[..., Any], **fields: Field[Any, Any]) -> None:
        self._make = make
        self._fields = fields
        self._made: dict[str, Statement] = {}

    def __call__(self, **values: Any) -> list[Any]:
        """The rows for these values. One query."""
        made = self._made.get(connection.vendor)
        if made is None:
            made = self._made[connection.vendor] = self.statement()
        if made.locks and connection.get_autocommit():
            raise TransactionManagementError("select_for_update needs a transaction.")
        fields = self._fields
        parameters = [
            fields[given.name].get_db_prep_value(values[given.name], connection)
            if isinstance(given, Parameter)
            else given
            for given in made.parameters
        ]
        with connection.cursor() as cursor:
            cursor.execute(made.sql, parameters)
            rows: list[Any] = cursor.fetchall()
        if made.converters:
            rows = _converted(rows, made.converters)
        return [made.instances.of(row) for row in rows] if made.instances else rows

    def first(self, **values: Any) -> Any:
        """The first of the rows, or None. One query."""
        return next(iter(self(**values)), None)

    def statement(self) -> Statement:
        """What is made of the queryset for the database at hand."""
        queryset: QuerySet[Any, Any] = self._make(
            **{name: Parameter(name, field) for name, field in self._fields.items()}
        )
        compiler = queryset.query.get_compiler(connection=connection)
        sql, parameters = _with_constants(*compiler.as_sql())
        selected = [column for column, _sql, _alias in compiler.select]
        return Statement(
            sql=sql,
            parameters=parameters,
            converters=[
                (position, converters, column)
                for position, (converters, column) in compiler.get_converters(selected).items()
            ],
            instances=_instances(compiler) if queryset._iterable_class is ModelIterable else None,
            locks=queryset.query.select_for_update,
        )


def compiled(**fields: Field[Any, Any]) -> Callable[[Callable[..., Any]], Compiled]:
    """Makes a `Compiled` read of a function that returns a queryset.

    @compiled(pk=UUIDField())
    def locked_visit(pk):
        return Appointment.objects.select_for_update().filter(pk=pk)

    visit = locked_visit.first(pk=appointment_id)
    """

    def make(queryset: Callable[..., Any]) -> Compiled:
        return Compiled(queryset, **fields)

    return make


def _instances(compiler: Any) -> Instances:
    """As `ModelIterable` makes them."""
    info = compiler.klass_info
    # The stubs know a later Django's.
    populators: Any = get_related_populators
    columns = slice(info["select_fields"][0], info["select_fields"][-1] + 1)
    return Instances(
        model=info["model"],
        columns=columns,
        names=[column.target.attname for column, _sql, _alias in compiler.select[columns]],
        related=populators(info, compiler.select, connection.alias),
    )


def _with_constants(sql: str, parameters: Iterable[Any]) -> tuple[str, list[Any]]:
    """The SQL with what never changes written into it.

    Only then may PostgreSQL use an index over some rows (`slot_bookable`) in a plan that it keeps;
    else it plans anew each time.
    """
    if connection.vendor != "postgresql":
        return sql, list(parameters)
    operations: Any = connection.ops
    pieces = sql.split("%s")
    written, kept = pieces[0], []
    for value, piece in zip(parameters, pieces[1:], strict=True):
        if isinstance(value, Parameter):
            kept.append(value)
            written += "%s" + piece
        else:
            written += operations.compose_sql("%s", [value]).replace("%", "%%") + piece
    return written, kept


def _converted(rows: Iterable[tuple[Any, ...]], converters: list[_Converter]) -> list[Any]:
    found = []
    for row in rows:
        values = list(row)
        for position, each, column in converters:
            for convert in each:
                values[position] = convert(values[position], column, connection)
        found.append(tuple(values))
    return found
