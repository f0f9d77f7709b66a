#!/usr/bin/env python3
"""Changes the library in one place at a time and looks whether the tests notice.

mutants.json lists the changes: a file, a text that occurs in it exactly once, what to put in its place, the tests that
must then fail, and why anybody would care. The changed source is compiled in a temporary folder and linked there,
before the libraries, with the objects of a build that exists (build/release); in a library that is linked whole it
takes the place of its original. No file of the tree is ever touched.
Only .cpp files of the library can be changed so, and .inc files and headers, of which a changed copy is found before
the original: a header's by its first test alone. Tests that start other programs see those unchanged.

Exit codes: 0 all killed; 1 a mutant survives, does not compile, or its text is not found once; 2 usage.
"""
import argparse
import concurrent.futures
import dataclasses
import json
import os
import pathlib
import random
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PATIENCE = 10  # a mutant may take so many times as long as the original, and half a minute
WHOLE = re.compile(r"--whole-archive +(\S+\.a) ")
KILLED, SURVIVED, MISSING, BROKEN, LEFT_OUT = "killed", "SURVIVED", "PATTERN MISSING", "DOES NOT COMPILE", "left out"


@dataclasses.dataclass
class Mutant:
    file: str
    find: str
    replace: str
    tests: list  # names as ctest has them, "interp.lanczos"; one of them must fail
    why: str

    def title(self):
        return f"{self.file}: {self.why}"

    def target(self):
        return "test_" + self.tests[0].split(".")[0]

    def test_source(self):
        folder, topic = self.tests[0].split(".", 1)
        return f"tests/{folder}/test_{topic}.cpp"

    def found(self):
        return (ROOT / self.file).read_text().count(self.find)


class Failure(Exception):
    """Nothing can be said about any mutant."""


def run(command, folder, seconds=None):
    """(exit code, output); the code is None when time is up."""
    try:
        done = subprocess.run(command, cwd=folder, shell=isinstance(command, str), timeout=seconds,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        return done.returncode, done.stdout
    except subprocess.TimeoutExpired:
        return None, ""


def parts_of(source):
    """The sources that are compiled with this one: itself, or those of a folder that BASIN_UNITY puts together."""
    if "/Unity/" not in source:
        return [source]
    return re.findall(r'^#include "(.+)"$', pathlib.Path(source).read_text(), re.MULTILINE)


class Build:
    """The commands and objects of a build made by Ninja."""

    def __init__(self, folder, targets):
        self.folder = pathlib.Path(folder).resolve()
        if not (self.folder / "build.ninja").exists():
            raise Failure(f"{self.folder} is no build by Ninja; help: scripts/test.sh makes build/release")
        code, said = run(["cmake", "--build", str(self.folder), "--target", *targets], ROOT)
        if code != 0:
            raise Failure(f"the tree as it is does not build:\n{said[-3000:]}")
        commands = json.loads((self.folder / "compile_commands.json").read_text())
        self.compile = {entry["file"]: entry["command"] for entry in commands}
        self.compiled_as = {part: source for source in self.compile for part in parts_of(source)}
        self.link = {target: self.link_command(target) for target in targets}

    def link_command(self, target):
        code, said = run(["ninja", "-C", str(self.folder), "-t", "commands", target], ROOT)
        last = said.strip().splitlines()[-1] if code == 0 else ""
        if f" -o bin/{target} " not in last:
            raise Failure(f"no command that links {target} in {self.folder}")
        return last

    def source_of(self, mutant):
        """The source that is compiled when the file changes: itself, the one that includes it, or a header's test."""
        if mutant.file.endswith(".inc"):
            including = f'"{mutant.file}"'
            found = [s for s in self.compiled_as if including in pathlib.Path(s).read_text(errors="replace")]
        else:
            file = mutant.test_source() if mutant.file.endswith(".h") else mutant.file
            found = [s for s in self.compiled_as if s == str(ROOT / file)]
        if len(found) != 1:
            raise Failure(f"{mutant.file} is part of {len(found)} sources of {self.folder}, wanted one")
        return found[0]

    def make(self, mutant, temporary):
        """The test program with the mutant in it, or None."""
        changed, binary = temporary / mutant.file, temporary / mutant.target()
        changed.parent.mkdir(parents=True)
        changed.write_text((ROOT / mutant.file).read_text().replace(mutant.find, mutant.replace))
        original = self.source_of(mutant)
        compiled = self.compiled_as[original]
        words = shlex.split(self.compile[compiled])
        place = words.index("-o") + 1
        unchanged, words[place] = words[place], str(temporary / "mutant.o")
        if original == str(ROOT / mutant.file):
            words[words.index(compiled)] = self.with_changed(compiled, original, changed, temporary)
        if run(words + ["-iquote", str(temporary), "-w"], self.folder)[0] != 0:
            return None
        output = shlex.quote(str(binary)) + " " + shlex.quote(str(temporary / "mutant.o"))
        link = self.link[mutant.target()].replace(f"-o bin/{mutant.target()} ", f"-o {output} ")
        linked = run(self.without(unchanged, link, temporary), self.folder)
        return binary if linked[0] == 0 else None

    def with_changed(self, compiled, original, changed, temporary):
        """What to compile in place of `compiled`, so that the changed file stands for the original."""
        if compiled == original:
            return str(changed)
        together = temporary / "together.cpp"
        together.write_text(pathlib.Path(compiled).read_text().replace(f'"{original}"', f'"{changed}"'))
        return str(together)

    def without(self, unchanged, link, temporary):
        """The link without the object, be it its own or that of a library linked whole, of which a copy is taken."""
        link = link.replace(f" {unchanged} ", " ")
        for library in WHOLE.findall(link):
            if f"/{pathlib.Path(library).stem[3:]}.dir/" in f"/{unchanged}":
                copy = shutil.copy(self.folder / library, temporary)
                run(["ar", "d", copy, pathlib.Path(unchanged).name], self.folder)
                link = link.replace(f" {library} ", f" {shlex.quote(copy)} ")
        return link


def run_test(program, name, seconds=None):
    folder, topic = name.split(".", 1)
    code, said = run([str(program), f"--source-file=*/tests/{folder}/test_{topic}.cpp"], ROOT, seconds)
    if code == 0 and "0 | 0 passed" in said.replace("  ", " "):
        raise Failure(f"there is no test {name}")
    return code


def baselines(build, mutants):
    """How long each test takes without a change; all must pass."""
    seconds = {}
    for name in sorted({name for mutant in mutants for name in mutant.tests}):
        start = time.monotonic()
        if run_test(build.folder / "bin" / ("test_" + name.split(".")[0]), name) != 0:
            raise Failure(f"{name} fails without any change")
        seconds[name] = time.monotonic() - start
    return seconds


def judge(mutant, build, seconds, deadline):
    if time.monotonic() > deadline:
        return LEFT_OUT
    if mutant.found() != 1:
        return f"{MISSING}: found {mutant.found()} times, wanted once"
    with tempfile.TemporaryDirectory(prefix="basin-mutant-") as temporary:
        program = build.make(mutant, pathlib.Path(temporary))
        if program is None:
            return BROKEN
        for name in mutant.tests:
            code = run_test(program, name, PATIENCE * seconds[name] + 30)
            if code != 0:
                return f"{KILLED} by {name}" + (" (it took too long)" if code is None else "")
    return SURVIVED


def chosen(mutants, options):
    mutants = [m for m in mutants if options.only in m.title()]
    if options.sample and options.sample < len(mutants):
        mutants = random.Random(options.seed).sample(mutants, options.sample)
    return mutants


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true", help="print the mutants and stop")
    parser.add_argument("--only", default="", metavar="TEXT", help="those whose file or reason contains TEXT")
    parser.add_argument("--sample", type=int, default=0, metavar="N", help="N of them, drawn by --seed")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--budget", type=float, default=float("inf"), metavar="SECONDS",
                        help="begin no mutant after that time")
    parser.add_argument("--build", default=str(ROOT / "build/release"), metavar="DIR")
    parser.add_argument("--mutants", default=str(ROOT / "tests/mutation/mutants.json"), metavar="FILE")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    return parser.parse_args()


def main():
    options = parse()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # by way of the exits that remove temporary folders
    deadline = time.monotonic() + options.budget
    everything = [Mutant(**entry) for entry in json.loads(pathlib.Path(options.mutants).read_text())]
    mutants = chosen(everything, options)
    if options.list or not mutants:
        print("\n".join(f"{m.title()} [{', '.join(m.tests)}]" for m in mutants) or "no mutant has that text")
        return 0 if mutants else 2
    bad = [f"{m.title()}: {MISSING}" for m in everything if m.found() != 1]
    print("\n".join(bad + [f"{len(mutants)} of {len(everything)} mutants, seed {options.seed}"]), flush=True)
    build = Build(options.build, sorted({m.target() for m in mutants}))
    for mutant in everything:  # of those left out too: what cannot be changed is found at once
        build.source_of(mutant)
    seconds = baselines(build, mutants)
    verdicts = []
    pool = concurrent.futures.ThreadPoolExecutor(options.jobs)
    try:
        futures = {pool.submit(judge, m, build, seconds, deadline): m for m in mutants}
        for future in concurrent.futures.as_completed(futures):
            verdicts.append(future.result())
            print(f"{len(verdicts)}/{len(mutants)} {futures[future].title()}: {verdicts[-1]}", flush=True)
    finally:
        pool.shutdown(cancel_futures=True)
    killed, left_out = (sum(v.startswith(word) for v in verdicts) for word in (KILLED, LEFT_OUT))
    print(f"{killed} killed, {left_out} left out for time, {len(mutants) - killed - left_out} not killed")
    return 1 if bad or killed + left_out < len(mutants) else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as failure:
        sys.exit(f"mutate: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
