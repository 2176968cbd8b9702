"""How PostgreSQL reads: the plans of queries, run and taken apart."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection
from django.db.models import QuerySet


def nodes(found: QuerySet[Any, Any]) -> list[dict[str, Any]]:
    """Every node of the plan that was run."""
    sql, params = found.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", params)
        (explained,) = cursor.fetchone()
    return _all_of(explained)


def nodes_as_kept(asked: Callable[[], object]) -> list[dict[str, Any]]:
    """Every node of the plan of the one statement that `asked` runs, as a connection keeps it.

    Made without knowing the values, for whichever come.
    """
    statements: list[tuple[str, Sequence[Any]]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        statements.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        asked()
    ((sql, params),) = statements
    numbered = sql % tuple(f"${number + 1}" for number in range(len(params)))
    given = connection.ops.compose_sql(", ".join(["%s"] * len(params)), params)  # type: ignore[attr-defined]
    with connection.cursor() as cursor:
        cursor.execute("SET plan_cache_mode = force_generic_plan")
        cursor.execute(f"PREPARE kept AS {numbered}")
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE kept ({given})")
        (explained,) = cursor.fetchone()
        cursor.execute("RESET plan_cache_mode")
        cursor.execute("DEALLOCATE kept")
    return _all_of(explained)


def _all_of(explained: Any) -> list[dict[str, Any]]:
    open_nodes = [explained[0]["Plan"]]
    run = []
    while open_nodes:
        node = open_nodes.pop()
        run.append(node)
        open_nodes += node.get("Plans", [])
    return run


def read_by(found: QuerySet[Any, Any]) -> list[tuple[str, str, int]]:
    """(node, index, rows fetched from the table) of each node that reads a table."""
    return [
        (node["Node Type"], node.get("Index Name", ""), node.get("Heap Fetches", -1))
        for node in nodes(found)
        if "Relation Name" in node
    ]


def rows_read(plan: list[dict[str, Any]]) -> dict[str, int]:
    """How many rows of each table the plan looked at, those that it then passed over included."""
    read: dict[str, int] = {}
    for node in plan:
        if table := node.get("Relation Name"):
            each = node["Actual Rows"] + sum(node.get(key, 0) for key in _PASSED_OVER)
            read[table] = read.get(table, 0) + round(each * node["Actual Loops"])
    return read


_PASSED_OVER = ("Rows Removed by Filter", "Rows Removed by Index Recheck")
