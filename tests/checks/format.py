"""C++ is formatted by clang-format with the .clang-format of the root. The wrong solutions of the course are pieces of
functions, indented as where they belong, and not looked at."""
import shutil
import subprocess
import sys

import sources


def check(root):
    paths = [path for path in sources.files(root, {".h", ".cpp"}) if path.parent.name != "wrong"]
    if not paths:
        return []
    style = f"--style=file:{sources.ROOT / '.clang-format'}"
    run = subprocess.run(["clang-format", style, "--dry-run", "-Werror", *map(str, paths)], cwd=root,
                         capture_output=True, text=True)
    lines = [line for line in run.stderr.splitlines() if "error:" in line]
    if run.returncode and not lines:
        return [run.stderr or f"clang-format ended with {run.returncode}"]
    unformatted = sorted({line.split(":")[0] for line in lines})
    return [f"help: clang-format -i {' '.join(unformatted)}"] if unformatted else []


PLANTED = {"core/a.h": "int  x ;\n"}
CLEAN = {"core/a.h": "int x;\n", "course/lab01/wrong/a.cpp": "  return  1;\n"}

if __name__ == "__main__":
    if not shutil.which("clang-format"):
        sys.exit("clang-format is not installed; help: scripts/bootstrap.sh")
    sources.main(check, PLANTED, CLEAN)
