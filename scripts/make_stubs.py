"""Writes the type stubs of the built module: scripts/make_stubs.py [FOLDER], by default python/basin.

pybind11 puts every signature into the docstring; that is all a stub needs. A test says when they are out of date.
"""
import ast
import pathlib
import re
import sys

import basin

MODULES = {"__init__": basin._basin, "nn": basin._basin.nn, "interp": basin._basin.interp}
HEAD = {"__init__": "from . import interp as interp, nn as nn\n"
                    "from .run import Network as Network, Run as Run, load as load\n\n__version__: str\n"}
SPECIAL = {"__init__", "__iter__", "__getitem__", "__contains__", "__neg__", "__add__", "__sub__", "__mul__",
           "__truediv__", "__radd__", "__rsub__", "__rmul__"}
SIGNATURE = re.compile(r"^(?:\d+\. )?{}(\(.*\)) -> (.*)$")


def public(names):
    return [name for name in names if not name.startswith("_")]


def typed(text):
    text = text.replace("basin._basin.", "basin.").replace("numpy.typing.ArrayLike", "ArrayLike")
    return re.sub(r": ([^:=]+) = None", r": \1 | None = None", text)


def signatures(name, doc):
    pattern = re.compile(SIGNATURE.pattern.format(re.escape(name)))
    return [match.groups() for match in map(pattern.match, (doc or "").splitlines()) if match]


def function(name, value, indent="", decorator=""):
    found = [(typed(arguments), typed(result)) for arguments, result in signatures(name, value.__doc__)]
    if not found and name == "__init__":
        return  # of what only the library makes
    if not found:
        raise SystemExit(f"{name}: no signature in its docstring")
    for arguments, result in found:
        if len(found) > 1:
            yield f"{indent}@typing.overload"
        if decorator:
            yield f"{indent}@{decorator}"
        yield f"{indent}def {name}{arguments} -> {result}: ..."


def enumeration(name, kind, indent):
    yield f"{indent}class {name}:"
    for member in kind.__members__:
        yield f"{indent}    {member}: typing.ClassVar[{typed(f'{kind.__module__}.{kind.__qualname__}')}]"
    yield f"{indent}    def __init__(self, value: int) -> None: ..."
    yield f"{indent}    @property\n{indent}    def name(self) -> str: ..."
    yield f"{indent}    @property\n{indent}    def value(self) -> int: ..."


def members(kind, indent):
    for name, value in vars(kind).items():
        if isinstance(value, type):
            yield from class_stub(name, value, indent)
        elif name == "__class_getitem__":
            continue  # said by the class's head
        elif isinstance(value, property):
            result = signatures("", value.fget.__doc__)[0][1]
            yield f"{indent}@property\n{indent}def {name}(self) -> {typed(result)}: ..."
        elif (callable(value) or isinstance(value, staticmethod)) and (name in SPECIAL or not name.startswith("_")):
            yield from function(name, value, indent)
        elif not name.startswith("_"):
            yield f"{indent}{name}: typing.Any"


def class_stub(name, kind, indent=""):
    if hasattr(kind, "__members__"):
        yield from enumeration(name, kind, indent)
        return
    bases = [typed(f"{base.__module__}.{base.__qualname__}").removeprefix("builtins.") for base in kind.__bases__
             if base.__name__ not in ("object", "pybind11_object")]
    if "__class_getitem__" in vars(kind):
        bases.append("typing.Generic[_Number]")
    body = [] if issubclass(kind, BaseException) else list(members(kind, indent + "    "))
    yield f"{indent}class {name}({', '.join(bases)}):" if bases else f"{indent}class {name}:"
    yield from body or [f"{indent}    ..."]


def stub(name):
    module = MODULES[name]
    lines = [f'"""{module.__doc__}"""', "# Made by scripts/make_stubs.py.",
             "import collections.abc\nimport datetime\nimport os\nimport pathlib\nimport typing\n",
             "import numpy\nfrom numpy.typing import ArrayLike\nfrom typing_extensions import TypeVar\n",
             "import basin\n", HEAD.get(name, ""),
             '_Number = TypeVar("_Number", numpy.float32, numpy.float64, default=numpy.float64)']
    for part in public(vars(module)):
        value = getattr(module, part)
        if isinstance(value, type):
            lines += ["", *class_stub(part, value)]
        elif callable(value):
            lines += function(part, value)
    text = "\n".join(lines) + "\n"
    ast.parse(text)
    return text


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).parents[1] / "python/basin"
    for name in MODULES:
        (folder / f"{name}.pyi").write_text(stub(name))
