"""No module of ours imports, on whatever way, a module that imports it.

Imports inside functions count: they are how a circle is usually hidden. Those under TYPE_CHECKING
do not: they never run. The one circle allowed is that of an app's models and querysets, as a model
has its queryset and a queryset names its model.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from tests.apps import FLOORS

pytestmark = pytest.mark.any_database

# Of each module the modules that it imports.
Graph = dict[str, set[str]]

ROOT = Path(settings.BASE_DIR)


def our_modules() -> dict[str, Path]:
    """Each module of our apps by its dotted name. Migrations import only each other."""
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for app in FLOORS
        for path in sorted((ROOT / app).rglob("*.py"))
        if "migrations" not in path.parts
    }


def import_statements(tree: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    """Every import of a module that runs some time, in whatever block it stands."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            for otherwise in node.orelse:
                yield from import_statements(ast.Module([otherwise], []))
        else:
            yield from import_statements(node)


def names_imported(statement: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, str]]:
    """Of each name the module it would be, and the module that it is taken from if it is none."""
    if isinstance(statement, ast.Import):
        yield from ((name.name, name.name) for name in statement.names)
        return
    assert not statement.level, "imports name the whole path"
    assert statement.module
    for name in statement.names:
        yield f"{statement.module}.{name.name}", statement.module


def import_graph(sources: dict[str, str]) -> Graph:
    """Which of the modules, given by their source, imports which."""
    graph: Graph = {}
    for module, source in sources.items():
        names = [
            pair for each in import_statements(ast.parse(source)) for pair in names_imported(each)
        ]
        found = {whole if whole in sources else origin for whole, origin in names}
        graph[module] = (found & set(sources)) - {module}
    return graph


def circles(graph: Graph) -> list[list[str]]:
    """The sets of modules each of which leads to all others of its set."""
    reach = {module: reachable(graph, module) for module in graph}
    found = {
        frozenset({module} | {other for other in reach[module] if module in reach[other]})
        for module in graph
    }
    return sorted(sorted(circle) for circle in found if len(circle) > 1)


def reachable(graph: Graph, start: str) -> set[str]:
    """The modules that `start` leads to; itself only if a circle leads back to it."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        fresh = graph[waiting.pop()] - found
        found |= fresh
        waiting += fresh
    return found


def is_allowed(circle: list[str]) -> bool:
    """Whether these are one app's models and querysets, and nothing else."""
    parts = [module.split(".") for module in circle]
    return len({app for app, *_rest in parts}) == 1 and all(
        rest and rest[0] in ("models", "querysets") for _app, *rest in parts
    )


def test_modules_do_not_import_each_other() -> None:
    graph = import_graph({name: path.read_text() for name, path in our_modules().items()})
    assert sum(map(len, graph.values())) > 1000, "the walk finds the imports"
    assert [circle for circle in circles(graph) if not is_allowed(circle)] == []


def test_policies_know_no_rows() -> None:
    """They are pure: what they decide about is handed to them."""
    graph = import_graph({name: path.read_text() for name, path in our_modules().items()})
    known = reachable(graph, "appointments.policies")
    assert [name for name in known if {"models", "querysets"} & set(name.split("."))] == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import app.b", {"app.b"}),
        ("from app import b", {"app.b"}),
        ("from app.b import name", {"app.b"}),
        ("from app.b import one, two as three", {"app.b"}),
        ("from app import nothing", {"app"}),
        ("def late():\n    from app import b", {"app.b"}),
        ("class Late:\n    def late(self):\n        import app.b", {"app.b"}),
        ("try:\n    import app.b\nexcept ImportError:\n    pass", {"app.b"}),
        ("if TYPE_CHECKING:\n    import app.b", set()),
        ("if typing.TYPE_CHECKING:\n    import app.b", set()),
        ("if TYPE_CHECKING:\n    import app.b\nelse:\n    import app.c", {"app.c"}),
        ("from django import urls", set()),
    ],
)
def test_imports_are_found(source: str, found: set[str]) -> None:
    sources = {"app": "", "app.a": source, "app.b": "", "app.c": ""}
    assert import_graph(sources)["app.a"] == found


@pytest.mark.parametrize(
    ("graph", "found"),
    [
        ({"a": {"b"}, "b": {"c"}, "c": set()}, []),
        ({"a": {"b"}, "b": {"a"}}, [["a", "b"]]),
        ({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}, [["a", "b", "c"]]),
        ({"a": {"b"}, "b": {"a", "c"}, "c": {"d"}, "d": {"c"}}, [["a", "b"], ["c", "d"]]),
    ],
)
def test_circles_are_found(graph: Graph, found: list[list[str]]) -> None:
    assert circles(graph) == found


@pytest.mark.parametrize(
    ("circle", "allowed"),
    [
        (["doctors.models", "doctors.querysets"], True),
        (["doctors.models.slots", "doctors.querysets.slots"], True),
        (["doctors.models", "doctors.policies"], False),
        (["doctors.models", "payments.querysets"], False),
        (["doctors", "doctors.models"], False),
    ],
)
def test_only_models_and_their_querysets_may_be_a_circle(circle: list[str], allowed: bool) -> None:
    assert is_allowed(circle) is allowed
