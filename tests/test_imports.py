"""Imports inside the project: no module imports one that imports it, whether at its top or in a function."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter

import grimp


def test_no_module_imports_itself_by_a_detour() -> None:
    """Packages count as their `__init__`, which import-linter leaves out of its contract."""
    graph = grimp.build_graph("app", "core", "worker", "launch", exclude_type_checking_imports=True)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    assert len(imports) > 100
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        raise AssertionError(" imports ".join(reversed(error.args[1]))) from None
