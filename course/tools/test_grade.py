"""Tests of grade.py with programs that only look like doctest's."""
import json
import pathlib
import stat
import sys
import tempfile
import unittest

import expect
import grade

CASES = [("[4] two is doubled", "pass"), ("[6] three, tripled", "fail")]
# Behaves like a program of doctest with --reporters=xml: CASES are (name, what happens).
PROGRAM = r'''#!{python}
import os, sys, time
cases = {cases!r}
options = dict(word.lstrip("-").partition("=")[::2] for word in sys.argv[1:])
first, last = int(options.get("first", 1)), int(options.get("last", 99))
lines = ["<doctest>"]
print("<noise> that is no XML")
for number, (name, what) in enumerate(cases, 1):
    skipped = "list-test-cases" in options or not first <= number <= last
    if skipped:
        lines.append(f'<TestCase name="{{name}}" skipped="{{str("list-test-cases" not in options).lower()}}"/>')
        continue
    if what == "crash": os.abort()
    if what == "hang": time.sleep(60)
    wrong = "" if what == "pass" else ('<Expression success="false" type="CHECK"><Original> a == b </Original>'
        f'<Expanded> 1 == 2 </Expanded><Info> given {{os.environ.get("BASIN_STUDENT")}} </Info></Expression>')
    lines.append(f'<TestCase name="{{name}}">{{wrong}}'
        f'<OverallResultsAsserts test_case_success="{{str(what == "pass").lower()}}"/></TestCase>')
open(options["out"], "w").write("\n".join(lines + ["</doctest>"]))
'''


class Programs(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)

    def results(self, cases, timeout=20):
        path = self.folder / "tests"
        path.write_text(PROGRAM.format(python=sys.executable, cases=cases))
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return grade.Program(path, self.folder, timeout, "Ada").results()

    def test_points_come_from_names_and_messages_from_the_report(self):
        passed, failed = self.results(CASES)
        self.assertEqual((passed["score"], passed["max_score"], passed["status"]), (4, 4, "passed"))
        self.assertEqual((failed["score"], failed["max_score"], failed["status"]), (0, 6, "failed"))
        self.assertEqual(failed["output"], "1 == 2; given Ada")

    def test_a_crash_costs_its_own_test_only(self):
        crashed, passed = self.results([("[3] first", "crash"), ("[7] second", "pass")])
        self.assertIn("crashed with exit code -6", crashed["output"])
        self.assertEqual((crashed["score"], passed["score"]), (0, 7))

    def test_a_test_that_hangs_is_stopped(self):
        passed, hung = self.results([("[3] first", "pass"), ("[7] second", "hang")], timeout=5)
        self.assertEqual((passed["score"], hung["score"], hung["output"]), (3, 0, "stopped after 5 s"))

    def test_what_gradescope_reads(self):
        made = json.loads(json.dumps(grade.gradescope({"lab07": self.results(CASES)})))
        self.assertEqual(made["score"], 4)
        self.assertEqual([test["name"] for test in made["tests"]], ["lab07 " + name for name, _ in CASES])
        for test in made["tests"]:
            self.assertEqual(set(test), {"name", "score", "max_score", "output", "status"})
        self.assertIn("lab07    4 of 10", made["output"])
        self.assertIn("total    4 of 10", made["output"])

    def test_wrong_solutions_must_fail_where_they_say(self):
        results = self.results(CASES)
        for beginning, complaints in (("[6] three", 0), ("[4] two", 1)):
            wrong = type("Wrong", (), {"path": "wrong/a.cpp", "fails": [beginning]})
            self.assertEqual(len(expect.wrong_complaints(results, wrong)), complaints)

    def test_a_stub_must_say_what_is_missing(self):
        self.assertEqual(len(expect.stub_complaints(self.results(CASES))), 2)


class Texts(unittest.TestCase):
    def test_the_first_error_of_a_compiler(self):
        text = ("In file included from x\nlab.cpp:3:1: warning: w\nlab.cpp:4:2: error: no\n    4 | x\n      | ^\n"
                "more\neven more\n")
        self.assertTrue(grade.first_error(text).startswith("lab.cpp:4:2: error: no\n    4 | x"))
        self.assertNotIn("even more", grade.first_error(text))

    def test_a_folder_without_labs_is_no_submission(self):
        with tempfile.TemporaryDirectory() as folder, self.assertRaises(grade.Unusable):
            grade.take(pathlib.Path(folder), [pathlib.Path(folder) / "lab01"])


if __name__ == "__main__":
    unittest.main()
