"""Builds a wheel in a fresh virtual environment, installs it, and runs README's lines, the example and the unit tests.

    wheel.py SOURCE WORK [EXECUTABLES]

SOURCE is the repository, WORK a folder for everything that is made, EXECUTABLES where train_mlp is, if it is built.
Exit code 77, and a line that says so, where no package index can be reached.
"""
import importlib.util
import os
import pathlib
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib

SKIPPED = 77
NEEDED = {"ensurepip": "python3-venv"}  # module of Python: package of Debian


def readme_program(source):
    """The first block of the section Python of README.md."""
    section = (source / "README.md").read_text().split("\n## Python\n")[1]
    return re.search(r"^```python\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)[1]


def without_docstring(program):
    return re.sub(r'\A""".*?"""\n', "", program, flags=re.DOTALL)


def say(text):
    print(f"python.wheel: {text}", flush=True)


class Venv:
    def __init__(self, folder):
        self.folder = folder
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)

    def python(self, *arguments, **how):
        unset = ("PYTHONPATH", "PYTHONHOME", "PYTHONUSERBASE")
        environment = {key: value for key, value in os.environ.items() if key not in unset} | how.pop("environment", {})
        environment["PATH"] = f"{self.folder / 'bin'}:{environment['PATH']}"
        how.setdefault("check", True)
        return subprocess.run([self.folder / "bin/python", *map(str, arguments)], env=environment, **how)


def build(venv, source, work):
    """The wheel; or None where pip finds no packages to build it with. Those of pyproject.toml are put into the
    environment and not into one of pip's, so that a second build finds its headers where the first did."""
    project = tomllib.loads((source / "pyproject.toml").read_text())
    needs = [*project["build-system"]["requires"], *project["project"]["dependencies"]]
    found = venv.python("-m", "pip", "install", "--quiet", *needs, check=False, capture_output=True, text=True)
    if found.returncode:
        print(found.stderr)
        return None
    dist = work / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    venv.python("-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--check-build-dependencies", "--wheel-dir",
                dist, source)
    return next(dist.glob("basin-*.whl"))


def run_readme(venv, source, empty):
    program = readme_program(source)
    example = without_docstring((source / "examples/first_program.py").read_text())
    if program.strip() != example.strip():
        sys.exit("README.md: its Python program and examples/first_program.py differ; help: copy the file")
    text = venv.python("-c", program, cwd=empty, capture_output=True, text=True).stdout
    print(text)
    if not re.match(r"test accuracy 0\.9\d+\n(.*\n){32}$", text):
        sys.exit("README.md: its Python program printed something else than an accuracy and 32 neurons")
    return text


def missing():
    """What of Python itself is not installed, by the names of Debian's packages."""
    lacking = [package for module, package in NEEDED.items() if importlib.util.find_spec(module) is None]
    if not pathlib.Path(sysconfig.get_paths()["include"], "Python.h").is_file():
        lacking.append("python3-dev")
    return lacking


def main():
    source, work = (pathlib.Path(argument).resolve() for argument in sys.argv[1:3])
    executables = pathlib.Path(sys.argv[3]).resolve() if len(sys.argv) > 3 else source / "build/release/bin"
    if lacking := missing():
        say(f"SKIPPED, NOTHING WAS TESTED: {' and '.join(lacking)} not installed")
        return SKIPPED
    empty = work / "empty"
    empty.mkdir(parents=True, exist_ok=True)
    venv = Venv(work / "venv")
    wheel = build(venv, source, work)
    if wheel is None:
        say("SKIPPED, NOTHING WAS TESTED: pip reaches no package index with what pyproject.toml asks for")
        return SKIPPED
    say(f"{wheel.name}, {wheel.stat().st_size / 1e6:.1f} MB")
    fresh = Venv(work / "fresh")  # without what the build needed
    fresh.python("-m", "pip", "install", "--quiet", wheel)
    run_readme(fresh, source, empty)
    say("README's lines ran")
    fresh.python(source / "examples/explore.py", "--quick", "--out", work / "explore.png", cwd=empty)
    say("examples/explore.py ran")
    fresh.python("-m", "unittest", "discover", "--start-directory", source / "python/tests", cwd=empty,
                 environment={"BASIN_SOURCE_DIR": str(source), "BASIN_BIN_DIR": str(executables)})
    say("all passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
