"""Prints each name that a module of `models/train` takes from another one that does not define it."""

import ast
import sys
from pathlib import Path

FOLDER = Path(sys.argv[1])


def module_name(path):
    name = ".".join(path.relative_to(FOLDER).with_suffix("").parts)
    return name.removesuffix(".__init__")


TREES = {module_name(path): ast.parse(path.read_text()) for path in FOLDER.rglob("*.py") if "/." not in str(path)}


def defined(name):
    """What a module defines at its top level, and its submodules."""
    out = {other.split(".")[-1] for other in TREES if other.startswith(f"{name}.")}
    for node in TREES[name].body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            out.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            out |= {alias.asname or alias.name for alias in node.names}
        else:
            out |= {one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
    return out


def source(module, node):
    """The module that an import takes names from."""
    if not node.level:
        return node.module
    package = module.split(".")[: -node.level] if "." in module else [module]
    return ".".join([*package, *([node.module] if node.module else [])])


for module, tree in TREES.items():
    imported = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported |= {alias.asname or alias.name: alias.name for alias in node.names if alias.name in TREES}
        elif isinstance(node, ast.ImportFrom) and source(module, node) in TREES:
            of = source(module, node)
            for alias in node.names:
                if alias.name not in defined(of):
                    print(f"{module}: {of}.{alias.name}")
                if f"{of}.{alias.name}" in TREES:
                    imported[alias.asname or alias.name] = f"{of}.{alias.name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in imported:
            if node.attr not in defined(imported[node.value.id]):
                print(f"{module}: {imported[node.value.id]}.{node.attr}")
