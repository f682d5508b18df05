"""Compiled code is kept under the name of all that it is made of."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import flexsim
from flexsim.jit import SOURCES

ROOT = Path(flexsim.__file__).parent
COMPILES = {"entry", "part", "hot", "cold", "instead_of"}


def _module(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _compiled(module: ast.Module) -> list[ast.FunctionDef]:
    """Functions with a decorator of `flexsim.jit`."""
    found = []
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef):
            names = {
                part.id
                for decorator in node.decorator_list
                for part in ast.walk(decorator)
                if isinstance(part, ast.Name)
            }
            found += [node] if names & COMPILES else []
    return found


MODULES = [path for path in sorted(ROOT.rglob("*.py")) if _compiled(_module(path))]


def _is_known(first: str) -> bool:
    """Whether a package or module right below flexsim is one of the sources."""
    return first in SOURCES or f"{first}.py" in SOURCES


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_what_compiled_functions_use_is_part_of_the_name(path: Path):
    """Their own module, and each of flexsim that a name in them is imported from."""
    assert _is_known(path.relative_to(ROOT).with_suffix("").parts[0])
    module = _module(path)
    used = {
        node.id
        for function in _compiled(module)
        for line in function.body
        for node in ast.walk(line)
        if isinstance(node, ast.Name)
    }
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("flexsim"):
            first = [*(node.module or "").split(".")[1:], ""][0]
            names = {alias.asname or alias.name for alias in node.names}
            assert _is_known(first) or not names & used, node.module


def _made_tables(function: ast.FunctionDef) -> list[str]:
    """Calls of `as_table` with anything but an argument of an entry, or a field of one."""
    given = {argument.arg for argument in function.args.args}
    is_entry = any(isinstance(d, ast.Name) and d.id == "entry" for d in function.decorator_list)
    found = []
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "as_table":
            array = node.args[0]
            owner = array.value if isinstance(array, ast.Attribute) else array
            if not (is_entry and isinstance(owner, ast.Name) and owner.id in given):
                found.append(ast.unparse(node))
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_python_keeps_every_table_alive(path: Path):
    """A table counts no users: what compiled code makes itself would be gone while it is used."""
    for function in _compiled(_module(path)):
        assert _made_tables(function) == [], function.name


def test_a_table_of_what_is_made_is_seen():
    """The test before would see one."""
    code = "@entry\ndef f(a):\n    b = empty(len(a))\n    return as_table(a, 'a'), as_table(b, 'b')"
    assert _made_tables(_compiled(ast.parse(code))[0]) == ["as_table(b, 'b')"]


def test_compiled_functions_are_found():
    """The engine and the measures are among them."""
    assert {"run", "journeys", "levels", "delay"} & {path.stem for path in MODULES}
    assert len(MODULES) > 20


def test_a_run_without_tables_imports_neither_pandas_nor_what_compiling_needs():
    """Once compiled code lies in the cache, which the first of two processes sees to."""
    code = (
        "import sys, flexsim; "
        "flexsim.run('textbook/ward_and_step_down', replications=1, engine='compiled'); "
        "heavy = {'pandas', 'joblib', 'matplotlib', 'scipy.sparse', 'numba.np.arrayobj'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    command = [sys.executable, "-c", code]
    subprocess.run(command, capture_output=True, cwd=ROOT.parent, check=False)
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT.parent, check=False)
    assert (done.stdout, done.stderr) == ("[]\n", "")
