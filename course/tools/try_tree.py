#!/usr/bin/env python3
"""Goes the way of a teacher: makes the students' tree, builds it against an installed basin, grades lab 01; then types
what course/README.md says behind the installation.

  try_tree.py --prefix PREFIX    where basin is installed
  try_tree.py --build BUILD      installs this build into a folder of its own first

Exits with 77 (skipped) when that basin came without basin::report. CMAKE names another program than cmake.
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

import lab

SKIPPED = 77


def run(command, folder, environment, wanted=0):
    done = subprocess.run([str(word) for word in command], cwd=folder, env=environment, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != wanted:
        sys.exit(f"{command} ended with {done.returncode}\n{done.stdout}")
    return done.stdout


def want(holds, text):
    print(f"{'ok  ' if holds else 'BAD '} {text}", flush=True)
    if not holds:
        sys.exit(1)


def grade(tree, environment, *options):
    print(run(["./grade", "lab01", "--output", "results.json", *options], tree, environment))
    return json.loads((tree / "results.json").read_text())


def try_contents(tree):
    names = {path.name for path in tree.rglob("*")}
    texts = [path.read_text() for path in tree.rglob("*.cpp")]
    want(not {"wrong", "teaching.md"} & names, "the students' tree has no wrong solutions and no teaching.md")
    want(not any("//@" in text for text in texts), "no markers are left in it")


def try_grades(tree, solutions, environment):
    stub = grade(tree, environment)
    want(stub["score"] == 0 and all("is not written yet" in test["output"] for test in stub["tests"]), "stubs score 0")
    print(run(["make", "show"], tree / "lab01", environment))
    want(any((tree / "lab01" / "out").glob("*.svg")), "a stub shows its first picture")
    full = grade(tree, environment, "--submission", solutions, "--student", "Ada Lovelace")
    want(full["score"] == 10 and all(test["status"] == "passed" for test in full["tests"]), "solutions score in full")
    (tree / "lab01" / "lab.cpp").write_text("int main(\n")
    broken = grade(tree, environment)
    want(broken["score"] == 0 and "error" in broken["tests"][0]["output"], "what does not compile scores 0")


def try_guide(tree, folder, environment):
    """The commands of "From nothing to a graded lab" behind the installation, and what is given out in the end."""
    page = (lab.COURSE / "README.md").read_text()
    guide = page[page.index("basin is installed now."):page.index("## Grading")]
    commands = "\n".join(re.findall(r"^```sh\n(.*?)^```$", guide, re.MULTILINE | re.DOTALL))
    home = folder / "home"
    home.mkdir()
    text = run(["bash", "-ec", commands], lab.COURSE.parent, {**environment, "HOME": str(home)})
    print(text)
    totals = re.findall(r"^total +(\d+) of 10$", text, re.MULTILINE)
    want(totals == ["0", "10"], "the guide's grades are 0, then 10")
    given = home / "labs" / "lab01" / "lab.cpp"
    want(given.read_text() == (tree / "lab01" / "lab.cpp").read_text(), "what the guide gives out is the stub")
    want((home / "labs.tar.gz").is_file(), "as an archive")


def try_tree(prefix, folder):
    if not list(prefix.rglob("libbasin_report*")):
        print("this basin came without basin::report")
        return SKIPPED
    environment = {**os.environ, "CMAKE_PREFIX_PATH": str(prefix.resolve())}
    environment.pop("BASIN_STUDENT", None)
    for name, options in (("tree", []), ("solutions", ["--solutions"])):
        run([lab.COURSE / "make_student_tree.sh", folder / name, "lab01", *options], folder, environment)
    try_contents(folder / "tree")
    try_guide(folder / "tree", folder, environment)
    try_grades(folder / "tree", folder / "solutions", environment)
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prefix", type=pathlib.Path)
    parser.add_argument("--build", type=pathlib.Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        prefix = options.prefix or folder / "prefix"
        if options.build:
            run([os.environ.get("CMAKE", shutil.which("cmake")), "--install", options.build, "--prefix", prefix],
                folder, os.environ)
        return try_tree(prefix, folder)


if __name__ == "__main__":
    sys.exit(main())
