#!/usr/bin/env python3
"""What the programs made of a lab must do; used by ctest and by try.sh.

  expect.py stub LAB PROGRAM         every test fails and says that its task is not written yet
  expect.py wrong LAB SLUG PROGRAM   the tests that wrong/SLUG.cpp names fail
  expect.py show PROGRAM FIGURE      draws out/FIGURE.svg; * for any
"""
import os
import pathlib
import subprocess
import sys
import tempfile

import grade
import lab_source

SECONDS = 500  # seconds of computing are minutes on a machine that does other things
NOT_WRITTEN = "is not written yet"


def results_of(program, student="nobody", timeout=SECONDS):
    with tempfile.TemporaryDirectory() as folder:
        return grade.Program(pathlib.Path(program).resolve(), folder, timeout, student).results()


def solution_complaints(results):
    return [f"{result['name']}: {result['output']}" for result in results if result["status"] == "failed"]


def stub_complaints(results):
    """What is thrown in the arguments of a message is not caught by doctest, and ends the program."""
    found = [f"{result['name']}: {result['output']}\nhelp: compute before CHECK_MESSAGE what its message shows"
             for result in results if result["output"].startswith("crashed")]
    return found + [f"{result['name']}: does not say that a task {NOT_WRITTEN}: {result['output'] or 'it passes'}"
                    for result in results if NOT_WRITTEN not in result["output"]]


def wrong_complaints(results, wrong):
    failed = [result["name"] for result in results if result["status"] == "failed"]
    return [f'{wrong.path}: passes "{beginning}"; it fails {failed or "nothing"}'
            for beginning in wrong.fails if not any(name.startswith(beginning) for name in failed)]


def show_complaints(program, folder, figure):
    try:
        run = subprocess.run([str(pathlib.Path(program).resolve())], cwd=folder, capture_output=True, text=True,
                             timeout=SECONDS, env={**os.environ, "BASIN_STUDENT": "nobody"})
    except subprocess.TimeoutExpired:
        return [f"stopped after {SECONDS} s"]
    if run.returncode:
        return [f"ended with {run.returncode}\n{run.stdout}{run.stderr}"]
    print(run.stdout, end="")
    drawn = list(pathlib.Path(folder).glob(f"out/{figure}.svg"))
    return [] if drawn else [f"no out/{figure}.svg is drawn"]


def complaints_of(kind, *arguments):
    if kind == "show":
        program, figure = arguments
        with tempfile.TemporaryDirectory() as folder:
            return show_complaints(program, folder, figure)
    folder = pathlib.Path(arguments[0])
    results = results_of(arguments[-1])
    if [result["name"] for result in results] != lab_source.test_names(folder / "tests.cpp"):
        return [f"{folder / 'tests.cpp'}: the program has other tests than are read in it"]
    if kind == "stub":
        return stub_complaints(results)
    source = lab_source.read(folder)
    return wrong_complaints(results, lab_source.read_wrong(source, folder / "wrong" / f"{arguments[1]}.cpp"))


def main():
    complaints = complaints_of(*sys.argv[1:])
    print("\n".join(complaints))
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
