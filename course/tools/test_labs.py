"""Tests of what reads labs: markers, wrong solutions, points, the students' tree, pages and the index."""
import pathlib
import tempfile
import unittest

import index
import lab
import lab_check
import lab_source
import run_pages
import student_tree

SOURCE = """#include "lab.h"
int twice([[maybe_unused]] int x) {
  //@ solution twice
  return 2 * x;
  //@ stub
  todo("twice", "multiply by two");
  //@ end
}
"""
TESTS = 'TEST_CASE("[4] two is doubled") {}\nTEST_CASE(\n    "[6] nothing "\n    "stays nothing") {}\n'
WRONG = "// tempting: it looks alike\n// fails: [4] two\n//@ replaces twice\n  return x * x;\n"
PAGE = "# Lab 77: twice\n\nOne idea.\n\n" + "".join(f"## {name}\n\nwords\n\n" for name in lab_check.SECTIONS)
OUTPUTS = [  # what a page says, what is printed, whether that will do
    ("a …\n", "a b c\n", True),
    ("x = 1.0000001\n", "x = 1\n", True),
    ("x = 1.1\n", "x = 1\n", False),
    ("x ≈ 1.05\n", "x ≈ 1\n", True),
    ("x ≈ 1.5\n", "x ≈ 1\n", False),
    ("5 %\n", "5.1 %\n", False),
    ("1e-5, 2\n", "0.00001, 2\n", True),
    ("a  b\n", "a b\n", True),
    ("a\n", "[doctest] version\n" + "=" * 79 + "\na\n", True),
    ("[doctest] …\n", "a\n", False),
    ("a\n", "a\nb\n", False),
    ("a\n…\n", "a\nb\n", True),
    ("a\n…\nd\n", "a\nb\nc\nd\n", True),
    ("a\n…\nd\n", "a\nb\nc\n", False),
]


class Folder(unittest.TestCase):
    """A lab in a folder of its own."""

    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.root = pathlib.Path(temporary.name)
        self.lab = self.root / "lab77"
        self.write({"lab.cpp": SOURCE, "lab.h": "", "tests.cpp": TESTS, "show.cpp": "", "README.md": PAGE,
                    "teaching.md": "", "expected/figure.svg": "<svg/>", "wrong/square.cpp": WRONG,
                    "wrong/again.cpp": WRONG, "wrong/third.cpp": WRONG})

    def write(self, texts):
        for name, text in texts.items():
            (self.lab / name).parent.mkdir(parents=True, exist_ok=True)
            (self.lab / name).write_text(text)

    def complaint(self, name, text):
        """The one complaint about the lab with this text in place of a file."""
        self.write({name: text})
        found = lab_check.complaints_of(self.lab)
        self.assertEqual(len(found), 1, found)
        return found[0]


class Sources(Folder):
    def test_stub_and_solution_keep_their_own_lines(self):
        source = lab_source.read(self.lab)
        self.assertEqual(source.stub(), '#include "lab.h"\nint twice([[maybe_unused]] int x) {\n'
                                        '  todo("twice", "multiply by two");\n}\n')
        self.assertIn("  return 2 * x;\n}", source.solution())
        self.assertNotIn("//@", source.stub() + source.solution())

    def test_a_wrong_solution_replaces_its_region(self):
        source = lab_source.read(self.lab)
        wrong = lab_source.read_wrong(source, self.lab / "wrong" / "square.cpp")
        self.assertEqual((wrong.tempting, wrong.fails), ("it looks alike", ["[4] two"]))
        self.assertEqual(source.wrong(wrong), source.solution().replace("2 * x", "x * x"))

    def test_bad_markers_are_errors_with_file_and_line(self):
        for text, line, words in ((SOURCE.replace("  //@ end\n", ""), 3, "no \"//@ end\""),
                                  (SOURCE.replace("  //@ stub\n", ""), 6, "behind \"//@ stub\""),
                                  (SOURCE.replace("solution twice", "solution"), 3, "is no name"),
                                  (SOURCE.replace("//@ stub", "//@ stubb"), 5, "no marker"),
                                  (SOURCE.replace("//@ stub", "//@ solution b"), 5, "still open"),
                                  (SOURCE + SOURCE, 11, "region of line 3 too"),
                                  (SOURCE + "//@ nowrong twice\n", 9, "say why")):
            with self.assertRaises(lab_source.LabError) as caught:
                self.write({"lab.cpp": text})
                lab_source.read(self.lab)
            self.assertTrue(str(caught.exception).startswith(f"{self.lab / 'lab.cpp'}:{line}: "), caught.exception)
            self.assertIn(words, str(caught.exception))

    def test_bad_wrong_solutions_are_errors_with_file_and_line(self):
        source = lab_source.read(self.lab)
        for text, line in ((WRONG.replace("replaces twice", "replaces thrice"), 3), (WRONG + "//@ replaces twice\n", 5),
                           (WRONG.replace("//@ replaces", "//@ replace"), 3), ("int x;\n" + WRONG, 1)):
            self.write({"wrong/square.cpp": text})
            with self.assertRaisesRegex(lab_source.LabError, rf"square\.cpp:{line}: "):
                lab_source.read_wrong(source, self.lab / "wrong" / "square.cpp")

    def test_names_of_tests_are_read_over_lines(self):
        self.assertEqual(lab_source.test_names(self.lab / "tests.cpp"),
                         ["[4] two is doubled", "[6] nothing stays nothing"])


class Checks(Folder):
    def test_a_lab_in_order_has_no_complaints(self):
        self.assertEqual(lab_check.complaints_of(self.lab), [])

    def test_points_sum_to_ten(self):
        self.assertIn("9 points", self.complaint("tests.cpp", TESTS.replace("[6]", "[5]")))

    def test_every_test_has_points(self):
        found = self.complaint("tests.cpp", TESTS + 'TEST_CASE("free") {}\n')
        self.assertIn('"free" does not begin with its points', found)

    def test_a_region_needs_a_wrong_solution_or_a_reason(self):
        second = SOURCE.replace("twice", "thrice")
        self.assertIn('lab.cpp:11: no wrong solution replaces "thrice"', self.complaint("lab.cpp", SOURCE + second))
        self.write({"lab.cpp": SOURCE + second + "//@ nowrong thrice: nobody writes it\n"})
        self.assertEqual(lab_check.complaints_of(self.lab), [])

    def test_a_stub_names_its_region(self):
        self.assertIn('todo("twice", "…")', self.complaint("lab.cpp", SOURCE.replace('todo("twice"', 'todo("one"')))

    def test_a_wrong_solution_names_tests_that_exist(self):
        self.assertIn('no test begins with "[4] three"',
                      self.complaint("wrong/square.cpp", WRONG.replace("[4] two", "[4] three")))

    def test_sections_are_there(self):
        self.assertIn('no section "## Background"', self.complaint("README.md", PAGE.replace("## Background", "# B")))


class Trees(Folder):
    def make(self, solutions):
        folder = self.root / f"tree{solutions}"
        student_tree.make(lab.COURSE, [self.lab], folder, solutions)
        return folder

    def test_students_get_stubs_and_nothing_of_the_solutions(self):
        tree = self.make(False)
        names = {str(path.relative_to(tree)) for path in tree.rglob("*") if path.is_file()}
        self.assertEqual(names, {"CMakeLists.txt", "README.md", "grade", "docs/theory.md", "common/attempt.h",
                                 "common/course.h", "common/main.cpp", "common/run", "lab77/README.md",
                                 "lab77/lab.cpp", "lab77/lab.h", "lab77/tests.cpp", "lab77/show.cpp",
                                 "lab77/Makefile", "lab77/show", "lab77/tests", "lab77/expected/figure.svg"})
        self.assertNotIn("return", (tree / "lab77" / "lab.cpp").read_text())

    def test_teachers_get_solutions(self):
        self.assertIn("return 2 * x;", (self.make(True) / "lab77" / "lab.cpp").read_text())

    def test_work_that_is_there_is_not_overwritten(self):
        self.make(False)
        with self.assertRaisesRegex(lab_source.LabError, "not empty"):
            self.make(False)


class Pages(Folder):
    def test_output_is_compared_with_dots_and_tolerance(self):
        for wanted, got, same in OUTPUTS:
            self.assertEqual(run_pages.difference(wanted, got) == "", same, (wanted, got))

    def test_commands_must_work_and_print_what_the_page_says(self):
        three = "```text\n3\n```\n"
        for commands, behind, words in (("echo 3", three, None), ("echo 4", three, "wanted: 3"),
                                        ("false\necho 4", "", "ended with 1"), ("echo 4", "But:\n\n" + three, None)):
            self.write({"README.md": f"```sh\n{commands}\n```\n\n{behind}"})
            found = list(run_pages.complaints_of(self.lab / "README.md", None))
            self.assertEqual(len(found), 0 if words is None else 1, found)
            self.assertIn(words or "", "".join(found))

    def test_the_index_is_one_file_with_the_pictures_in_it(self):
        text = PAGE.replace("One idea.", "One *idea* & `code`.") + "![alt](expected/figure.svg)\n\nWhat it shows.\n"
        self.write({"README.md": text})
        page = index.page([self.lab])
        for words in ("Lab 77: twice", "<i>idea</i> &amp; <code>code</code>", "data:image/svg+xml", "What it shows."):
            self.assertIn(words, page)
        self.assertNotRegex(page, r'(src|href)="(?!data:|#)')


if __name__ == "__main__":
    unittest.main()
