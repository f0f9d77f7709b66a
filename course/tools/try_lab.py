"""Builds and runs what a lab holds (see try.sh)."""
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import time

import expect
import grade
import lab
import lab_check
import lab_source

BUILD = pathlib.Path(os.environ.get("BUILD", lab.COURSE.parent / "build" / "course"))
STUDENTS = ("nobody", "Ada Lovelace", "Emmy Noether")
WARNINGS = "-std=c++20 -Wall -Wextra -Wpedantic -Wshadow -Wno-restrict -Werror"


def compiler():
    ccache = ["ccache"] if shutil.which("ccache") else []
    return ["nice", *ccache, *shlex.split(os.environ.get("CXX", "g++"))]


def pkg_config(option):
    run = subprocess.run(["pkg-config", option, "basin", "md4c-html"], capture_output=True, text=True)
    if run.returncode:
        sys.exit(run.stderr + "help: set PKG_CONFIG_PATH to the folder that holds basin.pc")
    return shlex.split(run.stdout)


def compile_file(source, output, folder, level):
    """Compiles one file; what the compiler says when it fails, else nothing."""
    output.parent.mkdir(parents=True, exist_ok=True)
    command = [*compiler(), *WARNINGS.split(), level, *shlex.split(os.environ.get("CXXFLAGS", "")), f"-I{folder}",
               f"-I{lab.COURSE}", *pkg_config("--cflags"), "-c", str(source), "-o", str(output)]
    run = subprocess.run(command, capture_output=True, text=True)
    return run.stderr if run.returncode else ""


def link(objects, output):
    libraries = pkg_config("--libs")
    first = next(i for i, flag in enumerate(libraries) if flag.startswith("-lbasin"))
    libraries[first:first] = ["-lbasin_report", "-lbasin_cli"]
    run = subprocess.run([*compiler(), *map(str, objects), "-o", str(output), *libraries],
                         capture_output=True, text=True)
    return run.stderr if run.returncode else ""


class Trial:
    def __init__(self, folder, update):
        self.update = update
        self.folder, self.build, self.bad = folder, BUILD / folder.name, 0
        self.source = lab_source.read(folder)

    def say(self, good, text, detail=""):
        self.bad += not good
        print(f"{'ok  ' if good else 'BAD '} {text}", flush=True)
        if not good and detail:
            print("\n".join("     " + line for line in detail.strip().splitlines()[:40]))

    def shared(self):
        """Objects that all programs of the lab share; whether they could be built."""
        self.main, self.tests, self.show = (self.build / f"{name}.o" for name in ("main", "tests", "show"))
        for source, output, level in ((lab.COURSE / "common" / "main.cpp", self.main, "-O1"),
                                      (self.folder / "tests.cpp", self.tests, "-O1"),
                                      (self.folder / "show.cpp", self.show, "-O1")):
            if source.is_file():
                error = compile_file(source, output, self.folder, level)
                if error:
                    self.say(False, f"{source.name} compiles", error)
                    return False
        return True

    def program(self, kind, text):
        """The tests over one text of lab.cpp, or nothing."""
        source = self.build / kind / "lab.cpp"
        lab.write(text, source)
        error = compile_file(source, self.build / kind / "lab.o", self.folder, "-O2")
        error = error or link([self.main, self.tests, self.build / kind / "lab.o"], self.build / kind / "tests")
        if error:
            self.say(False, f"{kind} builds without warnings", error)
            return None
        return self.build / kind / "tests"

    def timed(self, program, complaints_of, text, student="nobody"):
        """Runs the tests and says whether what is expected holds."""
        start = time.monotonic()
        complaints = complaints_of(expect.results_of(program, student))
        self.say(not complaints, f"{text} ({time.monotonic() - start:.1f} s)", "\n".join(complaints))

    def try_solution(self):
        program = self.program("solution", self.source.solution())
        for student in STUDENTS if program else ():
            self.timed(program, expect.solution_complaints, f"solution passes for {student}", student)

    def try_stub(self):
        program = self.program("stub", self.source.stub())
        if program:
            self.timed(program, expect.stub_complaints, f"all tests of the stub say that a task {expect.NOT_WRITTEN}")

    def try_wrong(self, path):
        wrong = lab_source.read_wrong(self.source, path)
        program = self.program(f"wrong-{path.stem}", self.source.wrong(wrong))
        if program:
            self.timed(program, lambda results: expect.wrong_complaints(results, wrong),
                       f"wrong/{path.name} fails the tests it names")

    def try_show(self, kind):
        program, where = self.build / kind / "show", self.build / kind / "run"
        shutil.rmtree(where, ignore_errors=True)
        where.mkdir(parents=True)
        error = link([self.show, self.build / kind / "lab.o"], program)
        if error:
            self.say(False, f"show of the {kind} links", error)
            return
        start = time.monotonic()
        complaints = expect.show_complaints(program, where, "figure" if kind == "solution" else "*")
        self.say(not complaints, f"show of the {kind} ({time.monotonic() - start:.1f} s) draws in {where / 'out'}",
                 "\n".join(complaints))
        if kind == "solution" and not complaints:
            self.compare_figure(where / "out" / "figure.svg")

    def compare_figure(self, drawn):
        expected = self.folder / "expected" / "figure.svg"
        if self.update:
            expected.parent.mkdir(exist_ok=True)
            shutil.copy(drawn, expected)
        elif not expected.is_file() or expected.read_bytes() != drawn.read_bytes():
            print("note expected/figure.svg is another picture; help: try.sh --update LAB")

    def all(self):
        if self.shared():
            self.programs()
        for complaint in lab_check.complaints_of(self.folder):
            self.say(False, complaint)

    def programs(self):
        self.try_solution()
        self.try_stub()
        for path in sorted((self.folder / "wrong").glob("*.cpp")):
            self.try_wrong(path)
        for kind in ("solution", "stub") if self.show.is_file() else ():
            if (self.build / kind / "lab.o").is_file():
                self.try_show(kind)


def main():
    arguments = sys.argv[1:]
    update = "--update" in arguments
    if update:
        arguments.remove("--update")
    if len(arguments) != 1:
        sys.exit("usage: try.sh [--update] LAB")
    try:
        trial = Trial(lab.lab_folder(arguments[0]), update)
        trial.all()
    except (lab_source.LabError, grade.Unusable, OSError) as error:
        sys.exit(str(error))
    print("all holds" if not trial.bad else f"{trial.bad} do not hold")
    return 1 if trial.bad else 0


if __name__ == "__main__":
    sys.exit(main())
