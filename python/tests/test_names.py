"""The names of the module are those of the headers, but for what omitted.py lists with its reason."""
import unittest

import basin
import headers
import nets
from omitted import ADDED, HEADERS, OMITTED

MODULES = {"": basin._basin, "nn": basin.nn, "interp": basin.interp}
BASES = {"interp.ModelPoint": "Model", "nn.RunMetrics": "nn.EpochMetrics", "Parameters.Slice": "ParameterInfo"}
KEYWORDS = {"lambda_": "lambda", "from_": "from"}


def members(kind):
    """What a class declares, with what it inherits from classes of the module."""
    names = {name for base in kind.__mro__ if base.__module__.startswith("basin") for name in vars(base)}
    if hasattr(kind, "__members__"):
        return set(kind.__members__)
    names |= {name for name in vars(kind) if name in KEYWORDS}
    return {KEYWORDS.get(name, name) for name in names if not name.startswith("_")}


def python_names():
    """As headers.public_names, of the module."""
    found = {space: {} for space in MODULES}
    for space, module in MODULES.items():
        for name, value in vars(module).items():
            if name.startswith("_") or name.endswith("_float32") or type(value).__name__ == "module":
                continue
            if isinstance(value, type) and not issubclass(value, BaseException):
                found[space][name] = members(value)
                for inner, kind in vars(value).items():
                    if isinstance(kind, type) and not inner.startswith("_"):
                        found[space][f"{name}.{inner}"] = members(kind)
                        found[space][name] -= {inner, *getattr(kind, "__members__", ())}  # as C++ exports them
            else:
                found[space][name] = set()
    return found


def flat(names):
    """{"nn.MlpSpec", "nn.MlpSpec.widths", …}"""
    spaced = {f"{space}.{name}".lstrip("."): parts for space in names for name, parts in names[space].items()}
    return set(spaced) | {f"{name}.{part}" for name, parts in spaced.items() for part in parts}


def without(names, listed):
    """Names that are not listed, nor parts of what is."""
    return {name for name in names if not any(name == one or name.startswith(one + ".") for one in listed)}


@unittest.skipUnless((nets.ROOT / "autodiff/graph.h").is_file(), "no headers to compare with")
class Names(unittest.TestCase):
    def setUp(self):
        self.cpp = flat(headers.public_names(nets.ROOT, HEADERS))
        self.python = flat(python_names())

    def test_nothing_has_a_name_of_its_own(self):
        inherited = {name.replace(base, derived, 1) for derived, base in BASES.items()
                     for name in self.cpp if name.startswith(base + ".")}
        self.assertEqual(sorted(self.python - self.cpp - inherited - set(ADDED)), [])

    def test_what_is_missing_is_listed(self):
        missing = self.cpp - self.python
        self.assertEqual(sorted(without(missing, OMITTED)), [])
        self.assertEqual(sorted(name for name in OMITTED if name not in missing), [], "listed, and there after all")

    def test_the_comparison_can_fail(self):
        self.assertIn("nn.MlpSpec.widths", self.cpp & self.python)
        self.assertIn("Graph.input", self.cpp & self.python)
        self.assertNotIn("Graph.push", self.cpp)
        self.assertGreater(len(self.cpp & self.python), 400)


if __name__ == "__main__":
    unittest.main()
