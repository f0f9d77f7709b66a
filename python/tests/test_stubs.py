"""The stubs that ship are those of the module, and say so to type checkers."""
import pathlib
import sys
import unittest

import basin
import nets

FOLDER = pathlib.Path(basin.__file__).parent


class Stubs(unittest.TestCase):
    def test_they_ship(self):
        for name in ("py.typed", "__init__.pyi", "nn.pyi", "interp.pyi", "run.pyi"):
            self.assertTrue((FOLDER / name).is_file(), name)

    @unittest.skipUnless((nets.ROOT / "scripts/make_stubs.py").is_file(), "no sources to compare with")
    def test_they_are_up_to_date(self):
        sys.path.insert(0, str(nets.ROOT / "scripts"))
        import make_stubs
        for name in make_stubs.MODULES:
            self.assertEqual((FOLDER / f"{name}.pyi").read_text(), make_stubs.stub(name),
                             f"{name}.pyi; help: python3 scripts/make_stubs.py")


if __name__ == "__main__":
    unittest.main()
