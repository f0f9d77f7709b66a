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

    def test_a_program_that_ends_before_its_tests_is_worth_nothing_and_stops_no_grading(self):
        path = self.folder / "lab01" / "tests"
        path.parent.mkdir()
        path.write_text("#!/bin/sh\nexit 3\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        self.addCleanup(setattr, grade, "build_lab", grade.build_lab)
        grade.build_lab = lambda lab, build: ""
        (found,) = grade.grade_lab(path.parent, self.folder, 20, "Ada")
        self.assertEqual((found["name"], found["score"], found["max_score"]), ("does not start", 0, 10))
        self.assertIn("crashed with exit code 3", found["output"])

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


class Submissions(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.addCleanup(setattr, grade, "TREE", grade.TREE)
        grade.TREE, self.handed = pathlib.Path(temporary.name) / "tree", pathlib.Path(temporary.name) / "handed"
        self.labs = [grade.TREE / "lab01", grade.TREE / "lab02"]
        for lab in self.labs:
            lab.mkdir(parents=True)
            (lab / "lab.cpp").write_text("the one before")
        (grade.TREE / "student.txt").write_text("The One Before")

    def hand_in(self, **files):
        for name, text in files.items():
            place = self.handed / name.replace("__", "/").replace("_cpp", ".cpp").replace("_txt", ".txt")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)

    def test_a_folder_without_labs_is_no_submission(self):
        self.handed.mkdir()
        with self.assertRaises(grade.Unusable):
            grade.take(self.handed, self.labs, named=False)
        with self.assertRaises(grade.Unusable):
            grade.take(self.handed / "none", self.labs[:1], named=True)

    def test_of_all_labs_those_count_that_were_handed_in(self):
        self.hand_in(lab02__lab_cpp="mine")
        self.assertEqual(grade.take(self.handed, self.labs, named=False), ([self.labs[1]], []))
        self.assertEqual((self.labs[1] / "lab.cpp").read_text(), "mine")

    def test_a_named_lab_that_is_missing_scores_nothing(self):
        self.hand_in(lab02__lab_cpp="mine")
        self.assertEqual(grade.take(self.handed, self.labs, named=True), (self.labs, [self.labs[0]]))
        made = grade.gradescope({"lab01": grade.nothing("was not handed in", "no lab01/lab.cpp")})
        self.assertEqual((made["score"], made["tests"][0]["max_score"]), (0, 10))

    def test_one_lab_may_come_without_its_folder(self):
        self.hand_in(lab_cpp="mine")
        self.assertEqual(grade.take(self.handed, self.labs[:1], named=True), (self.labs[:1], []))
        self.assertEqual((self.labs[0] / "lab.cpp").read_text(), "mine")

    def test_nobody_is_graded_with_the_name_of_the_one_before(self):
        self.hand_in(lab01__lab_cpp="mine")
        grade.take(self.handed, self.labs, named=False)
        self.assertFalse((grade.TREE / "student.txt").exists())
        self.hand_in(student_txt="Ada")
        grade.take(self.handed, self.labs, named=False)
        self.assertEqual((grade.TREE / "student.txt").read_text(), "Ada")


if __name__ == "__main__":
    unittest.main()
