"""Builds a wheel in a fresh virtual environment, installs it, and runs the first program, README's lines, an example
and the unit tests.

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

SKIPPED = 1 if os.environ.get("BASIN_NOTHING_SKIPPED") == "1" else 77  # as in CI
NAPPING = """
import json, numpy as np
tensors = {"layers.0.weight": np.zeros((3, 2)), "layers.0.bias": -np.ones(3), "layers.1.weight": np.ones((1, 3)),
           "layers.1.bias": np.zeros(1)}
header, at = {}, 0
for name, a in tensors.items():
    header[name] = dict(dtype="F64", shape=a.shape, data_offsets=(at, at := at + a.nbytes))
text = json.dumps(header).encode()
with open("net.safetensors", "wb") as out:
    out.write(len(text).to_bytes(8, "little") + text + b"".join(a.tobytes() for a in tensors.values()))
np.save("x.npy", np.eye(2))
"""
NEEDED = {"ensurepip": "python3-venv"}  # module of Python: package of Debian


def first_program(source):
    """The first block of Python in docs/python.md."""
    section = (source / "docs/python.md").read_text()
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


def run_first_program(venv, source, empty):
    program = first_program(source)
    example = without_docstring((source / "examples/first_program.py").read_text())
    if program.strip() != example.strip():
        sys.exit("docs/python.md: its first program and examples/first_program.py differ; help: copy the file")
    text = venv.python("-c", program, cwd=empty, capture_output=True, text=True).stdout
    print(text)
    if not re.match(r"test accuracy 0\.9\d+\n(.*\n){32}$", text):
        sys.exit("docs/python.md: its first program printed something else than an accuracy and 32 neurons")
    return text


def run_count(venv, source, empty):
    """README's lines, which are examples/count.py, on a network of three neurons that all sleep: every parameter but
    the last bias is free."""
    venv.python("-c", NAPPING, cwd=empty)
    text = venv.python(source / "examples/count.py", cwd=empty, capture_output=True, text=True).stdout
    if text != "12\n":
        sys.exit(f"examples/count.py printed {text!r}, wanted 12")


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
    run_first_program(fresh, source, empty)
    say("the lines of docs/python.md ran")
    run_count(fresh, source, empty)
    fresh.python(source / "examples/explore.py", "--quick", "--out", work / "explore.png", cwd=empty)
    say("examples/explore.py ran")
    fresh.python("-m", "unittest", "discover", "--start-directory", source / "python/tests", cwd=empty,
                 environment={"BASIN_SOURCE_DIR": str(source), "BASIN_BIN_DIR": str(executables)})
    say("all passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
