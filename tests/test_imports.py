"""Imports inside the project: no module imports one that imports it, whether at its top or in a function."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter

import grimp

from core.settings import ROOT


def test_no_module_imports_itself_by_a_detour() -> None:
    """Packages count as their `__init__`, which import-linter leaves out of its contract."""
    graph = grimp.build_graph("app", "core", "worker", "launch", exclude_type_checking_imports=True)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    assert len(imports) > 100
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        raise AssertionError(" imports ".join(reversed(error.args[1]))) from None


def test_no_import_is_hidden_from_the_linter() -> None:
    """It sees neither what `__import__` imports nor packages that are not the product's."""
    hidden = []
    for folder in ("app", "core", "worker", "launch"):
        for path in (ROOT / folder).rglob("*.py"):
            nodes = list(ast.walk(ast.parse(path.read_text())))
            imported = [each.name for node in nodes if isinstance(node, ast.Import) for each in node.names]
            imported += [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
            if any(name.partition(".")[0] == "tests" for name in imported):
                hidden.append(f"{path} imports tests")
            if any(isinstance(node, ast.Name) and node.id == "__import__" for node in nodes):
                hidden.append(f"{path} calls __import__")
    assert hidden == []
