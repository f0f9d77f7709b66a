"""Every change that tests/mutation lists is to a text that stands exactly once in its file, and is for tests that there
are: a list that the code has left behind proves nothing."""
import json

import sources


def complaints_of(path, root, entry):
    file = root / entry["file"]
    if not file.exists():
        yield f"{path}: there is no {entry['file']}; help: '{entry['why']}' wants another file"
        return
    found = file.read_text().count(entry["find"])
    for name in entry.get("tests", []):
        folder, topic = name.split(".", 1)
        if not (root / f"tests/{folder}/test_{topic}.cpp").exists():
            yield f"{path}: there is no test {name}; help: '{entry['why']}' wants another"
    if found != 1:
        yield f"{path}: {entry['find']!r} stands {found} times in {entry['file']}, wanted once; help: quote it as it is"


def check(root):
    return [complaint
            for path in sorted((root / "tests/mutation").glob("*mutants.json"))
            for entry in json.loads(path.read_text())
            for complaint in complaints_of(path.relative_to(root), root, entry)]


def change(path, find, replace, *tests):
    return json.dumps([{"file": path, "find": find, "replace": replace, "tests": tests, "why": "planted"}])


# Each changes the text of a list, which is the only file that is planted with it.
PLANTED = {
    "tests/mutation/mutants.json": change("a.cpp", "x + 1", "x"),
    "tests/mutation/claim_mutants.json": change("tests/mutation/claim_mutants.json", 'f("x")', "x"),
    "tests/mutation/other_mutants.json": change("tests/mutation/other_mutants.json", "x + 1", "x + 1 + 1"),
    "tests/mutation/untested_mutants.json": change("tests/mutation/untested_mutants.json", "x + 1", "x", "core.none"),
}
CLEAN = {"tests/mutation/mutants.json": change("tests/mutation/mutants.json", "x + 1", "x")}

if __name__ == "__main__":
    sources.main(check, PLANTED, CLEAN)
