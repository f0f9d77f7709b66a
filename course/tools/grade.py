#!/usr/bin/env python3
"""Builds the labs beside this file, runs their tests, prints points and writes results.json as Gradescope reads it.

A lab that does not compile, or is named and was not handed in, scores 0, and so does a test that crashes or takes
longer than the timeout. The exit code is 0 when grading itself worked, whatever the points are.
"""
import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml

TREE = pathlib.Path(__file__).resolve().parent
POINTS = re.compile(r"\[(\d+)\]")
LAB_POINTS = 10


class Unusable(Exception):
    """Grading cannot work here: nothing that a student wrote."""


class DoesNotStart(Exception):
    """A program that ends before its tests begin."""


def run(command, **keywords):
    return subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace", **keywords)


def configure(build):
    done = run(["cmake", "-G", "Unix Makefiles", "-S", TREE, "-B", build])
    if done.returncode:
        raise Unusable(f"cmake cannot set up the build:\n{done.stdout}help: set CMAKE_PREFIX_PATH to the folder where "
                       "basin is installed")


def first_error(text):
    """The compiler's first error with what it shows of the source, or the end of the output."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if re.search(r"\berror\b|undefined reference", line):
            return "\n".join(lines[number:number + 4])
    return "\n".join(lines[-4:])


def build_lab(lab, build):
    """What went wrong, or nothing."""
    done = run(["cmake", "--build", build, "--target", f"{lab.name}_tests", "--parallel", "2"])
    return first_error(done.stdout) if done.returncode else ""


class Program:
    """The tests of a lab as a program."""

    def __init__(self, path, folder, timeout, student):
        self.path, self.folder, self.timeout = path, folder, timeout
        self.environment = {**os.environ, **({"BASIN_STUDENT": student} if student else {})}

    def report(self, *options, timeout=None):
        """The XML of a run, or what ended it. It goes to a file: programs may print what they like."""
        with tempfile.TemporaryDirectory() as folder:
            out = pathlib.Path(folder) / "report.xml"
            try:
                done = run([self.path, "--reporters=xml", f"--out={out}", *options], cwd=self.folder,
                           env=self.environment, timeout=timeout or self.timeout)
            except subprocess.TimeoutExpired:
                return None, f"stopped after {self.timeout:g} s"
            try:
                return xml.parse(out).getroot(), ""
            except (OSError, xml.ParseError):
                return None, f"crashed with exit code {done.returncode}\n{done.stdout[-500:]}"

    def names(self):
        root, trouble = self.report("--list-test-cases", "--order-by=file", timeout=120)
        if root is None:
            raise DoesNotStart(f"{self.path} cannot list its tests: {trouble}")
        return [case.get("name") for case in root.iter("TestCase") if case.get("skipped") != "true"]

    def results(self):
        """A result for each test: from one run of all, or, if that crashes or hangs, from a run of each."""
        names = self.names()
        root, _ = self.report("--order-by=file")
        results = [] if root is None else [result_of(case) for case in root.iter("TestCase")
                                               if case.get("skipped") != "true"]
        if len(results) == len(names):
            return results
        return [self.alone(number, name) for number, name in enumerate(names, 1)]

    def alone(self, number, name):
        root, trouble = self.report("--order-by=file", f"--first={number}", f"--last={number}")
        cases = [] if root is None else [case for case in root.iter("TestCase") if case.get("skipped") != "true"]
        return result_of(cases[0]) if cases else result(name, False, trouble or "did not run")


def result(name, passed, output):
    match = POINTS.match(name)
    points = int(match.group(1)) if match else 0
    return {"name": name, "score": points if passed else 0, "max_score": points, "output": output,
            "status": "passed" if passed else "failed"}


def result_of(case):
    """The result of one test from doctest's XML."""
    overall = case.find("OverallResultsAsserts")
    passed = overall is not None and overall.get("test_case_success") == "true"
    return result(case.get("name"), passed, "" if passed else "\n".join(messages_of(case)) or "failed")


def words(element):
    return " ".join((element.text or "").split()).strip('"')


def messages_of(case):
    """What a test says is wrong, once each: messages, exceptions, comparisons that do not hold."""
    lines = []
    for element in case.iter():
        text = "; ".join(words(child) for child in element
                         if child.tag in ("Expanded", "Exception", "Info", "Text") and words(child))
        if element.tag in ("Expression", "Message") and text:
            lines.append(text)
        elif element.tag == "Exception" and element.text and case.find(".//Expression") is None:
            lines.append(words(element))
    return list(dict.fromkeys(lines))[:5]


def nothing(name, why):
    """The results of a lab that no test of could be run."""
    return [{**result(name, False, why), "max_score": LAB_POINTS}]


def grade_lab(lab, build, timeout, student):
    error = build_lab(lab, build)
    if error:
        return nothing("does not compile", error)
    try:
        return Program(build / lab.name / "tests", lab, timeout, student).results()
    except DoesNotStart as why:
        return nothing("does not start", str(why))


def table_of(results):
    """Points by lab, and under each lab what failed with the first line of why."""
    lines = []
    for lab, tests in results.items():
        lines.append(f"{lab}  {sum(t['score'] for t in tests):3} of {sum(t['max_score'] for t in tests)}")
        lines += [f"         {t['name']}: {t['output'].splitlines()[0]}" for t in tests if t["status"] == "failed"]
    total, most = (sum(t[key] for tests in results.values() for t in tests) for key in ("score", "max_score"))
    return "\n".join(lines + [f"total  {total:3} of {most}"])


def gradescope(results):
    tests = [{**test, "name": f"{lab} {test['name']}"} for lab, group in results.items() for test in group]
    return {"score": sum(test["score"] for test in tests), "output": table_of(results), "tests": tests}


def handed_in(submission, lab, alone):
    """The file in which a student did this lab: labNN/lab.cpp or, where no other lab is graded, lab.cpp."""
    places = [submission / lab.name / "lab.cpp"] + ([submission / "lab.cpp"] if alone else [])
    return next((place for place in places if place.is_file()), None)


def take(submission, labs, named):
    """Copies what a student handed in over that of this tree, whose tests stay; what the one before handed in is not
    graded again. The labs to grade, and those among them that were named and are missing."""
    files = {lab: handed_in(submission, lab, alone=len(labs) == 1) for lab in labs}
    if not submission.is_dir() or not (named or any(files.values())):
        raise Unusable(f"{submission}: no lab01/lab.cpp or the like in it")
    for lab, file in files.items():
        if file:
            shutil.copy(file, lab / "lab.cpp")
    (TREE / "student.txt").unlink(missing_ok=True)
    if (submission / "student.txt").is_file():
        shutil.copy(submission / "student.txt", TREE / "student.txt")
    missing = [lab for lab in labs if not files[lab]]
    return (labs, missing) if named else ([lab for lab in labs if files[lab]], [])


def labs_of(names):
    """The labs of this tree that are named, or all."""
    for name in names:
        if not (TREE / name / "lab.cpp").is_file():
            raise Unusable(f"{name}: no such lab here")
    return [TREE / name for name in names] or sorted(path.parent for path in TREE.glob("lab[0-9][0-9]/lab.cpp"))


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lab", nargs="*", help="lab01 …; all without")
    parser.add_argument("--student", help="whose numbers; without, those of student.txt")
    parser.add_argument("--submission", type=pathlib.Path, help="a folder of lab01/lab.cpp …, to be copied over these; "
                        "if one lab is named, its lab.cpp may lie in the folder itself")
    parser.add_argument("--output", type=pathlib.Path, default=TREE / "results.json")
    parser.add_argument("--build", type=pathlib.Path, default=TREE / "build")
    parser.add_argument("--timeout", type=float, default=120, help="seconds for a test")
    return parser.parse_args(arguments)


def main(arguments=None):
    options = parse(arguments)
    try:
        labs = labs_of(options.lab)
        missing = []
        if options.submission:
            labs, missing = take(options.submission, labs, named=bool(options.lab))
        configure(options.build)
        results = {lab.name: nothing("was not handed in", f"no {lab.name}/lab.cpp") if lab in missing else
                   grade_lab(lab, options.build, options.timeout, options.student) for lab in labs}
    except (Unusable, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    options.output.write_text(json.dumps(gradescope(results), indent=2, ensure_ascii=False) + "\n")
    print(table_of(results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
