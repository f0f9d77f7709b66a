"""Builds and runs what a lab holds (see try.sh)."""
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import time

import lab
import lab_check
import lab_source

BUILD = pathlib.Path(os.environ.get("BUILD", lab.COURSE.parent / "build" / "course"))
WARNINGS = "-std=c++20 -Wall -Wextra -Wpedantic -Wshadow -Wno-restrict -Werror"
NOT_WRITTEN = "is not written yet"


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


def run_tests(program, folder, student="nobody"):
    """{name of a failed test: what was printed}, seconds, and all of the output."""
    start = time.monotonic()
    try:
        run = subprocess.run([str(program), "--no-colors"], cwd=folder, capture_output=True, text=True, timeout=300,
                             env={**os.environ, "BASIN_STUDENT": student})
    except subprocess.TimeoutExpired:
        return None, 300, "stopped after 300 s"
    blocks = re.split(r"\n={10,}\n", run.stdout)
    failed = {}
    for block in blocks:
        name = re.search(r"^TEST CASE:  (.*)$", block, re.MULTILINE)
        if name and "ERROR:" in block:
            failed[name.group(1).strip()] = failed.get(name.group(1).strip(), "") + block
    if run.returncode < 0:
        return None, time.monotonic() - start, run.stdout + f"ended by signal {-run.returncode}"
    return failed, time.monotonic() - start, run.stdout + run.stderr


class Trial:
    def __init__(self, folder):
        self.folder, self.build, self.bad = folder, BUILD / folder.name, 0
        self.source = lab_source.read(folder)
        self.names = lab_source.test_names(folder / "tests.cpp")

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

    def try_solution(self):
        program = self.program("solution", self.source.solution())
        for student in ("nobody", "Ada Lovelace", "Emmy Noether") if program else ():
            failed, seconds, output = run_tests(program, self.build, student)
            self.say(failed == {}, f"solution passes for {student} ({seconds:.1f} s)", output)

    def try_stub(self):
        program = self.program("stub", self.source.stub())
        if not program:
            return
        failed, seconds, output = run_tests(program, self.build)
        good = failed is not None and all(NOT_WRITTEN in failed.get(name, "") for name in self.names)
        missed = [name for name in self.names if NOT_WRITTEN not in (failed or {}).get(name, "")]
        self.say(good, f"every test of the stub says that its task {NOT_WRITTEN} ({seconds:.1f} s)",
                 output if failed is None else "these do not: " + "; ".join(missed))

    def try_wrong(self, path):
        wrong = lab_source.read_wrong(self.source, path)
        program = self.program(f"wrong-{path.stem}", self.source.wrong(wrong))
        if not program:
            return
        failed, seconds, output = run_tests(program, self.build)
        missed = [beginning for beginning in wrong.fails
                  if not any(name.startswith(beginning) for name in failed or {})]
        self.say(failed is not None and not missed, f"wrong/{path.name} fails {len(wrong.fails)} named tests "
                 f"({len(failed or {})} fail in all, {seconds:.1f} s)",
                 output if failed is None else "these do not fail: " + "; ".join(missed))

    def try_show(self, kind):
        program, where = self.build / kind / "show", self.build / kind / "run"
        shutil.rmtree(where, ignore_errors=True)
        where.mkdir(parents=True)
        error = link([self.show, self.build / kind / "lab.o"], program)
        if error:
            self.say(False, f"show of the {kind} links", error)
            return
        start = time.monotonic()
        run = subprocess.run([str(program)], cwd=where, capture_output=True, text=True,
                             env={**os.environ, "BASIN_STUDENT": "nobody"})
        svgs = sorted(path.name for path in where.glob("out/*.svg"))
        self.say(run.returncode == 0 and svgs, f"show of the {kind} draws {', '.join(svgs) or 'nothing'} "
                 f"({time.monotonic() - start:.1f} s) in {where / 'out'}", run.stdout + run.stderr)
        print("\n".join("     | " + line for line in run.stdout.splitlines()))

    def all(self):
        for complaint in lab_check.complaints_of(self.folder):
            self.say(False, complaint)
        if not self.shared():
            return
        self.try_solution()
        self.try_stub()
        for path in sorted((self.folder / "wrong").glob("*.cpp")):
            self.try_wrong(path)
        for kind in ("solution", "stub") if self.show.is_file() else ():
            if (self.build / kind / "lab.o").is_file():
                self.try_show(kind)


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: try.sh LAB")
    try:
        trial = Trial(lab.lab_folder(sys.argv[1]))
        trial.all()
    except (lab_source.LabError, OSError) as error:
        sys.exit(str(error))
    print("all holds" if not trial.bad else f"{trial.bad} do not hold")
    return 1 if trial.bad else 0


if __name__ == "__main__":
    sys.exit(main())
