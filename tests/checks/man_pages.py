"""The manual pages in a folder are set by groff without a warning, have a name, a synopsis and a description, and there
is one for every program of experiments/.

  man_pages.py [FOLDER]     build/release/share/man/man1 without"""
import gzip
import pathlib
import re
import subprocess
import sys

import sources

SECTIONS = ("NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS")


def complaints_of(name, roff):
    run = subprocess.run(["groff", "-man", "-ww", "-Tutf8", "-Kutf8", "-P-c"], input=roff, capture_output=True,
                         text=True)
    for line in run.stderr.splitlines():
        yield f"{name}: groff says: {line}"
    shown = re.sub(".\b", "", run.stdout)  # bold is a letter struck twice
    for section in SECTIONS:
        if not re.search(f"^{section}$", shown, re.MULTILINE):
            yield f"{name}: has no section {section}"
    if not re.search(r"^NAME\n +" + re.escape(name) + r"\s+-\s+\S", shown, re.MULTILINE):
        yield f"{name}: NAME is not '{name} - what it is'"


def check(folder):
    pages = {path.name.split(".")[0]: path for path in folder.glob("*.1*")}
    texts = {name: gzip.decompress(path.read_bytes()).decode() if path.suffix == ".gz" else path.read_text()
             for name, path in pages.items()}
    return [complaint for name, text in sorted(texts.items()) for complaint in complaints_of(name, text)]


def missing(folder):
    for source in sources.ROOT.glob("experiments/*.cpp"):
        name = source.stem if source.stem == "basin" else "basin-" + source.stem
        if not list(folder.glob(name + ".1*")):
            yield f"{folder}: no page {name}; help: build the target man_pages"


GOOD = ".TH A 1\n.SH NAME\na \\- b\n.SH SYNOPSIS\na\n.SH DESCRIPTION\nIt is λ\u0302.\n.SH OPTIONS\nnone\n"
PLANTED = {"a.1": GOOD.replace("It is", ".nomacro\n"), "a.1 ": GOOD.replace("DESCRIPTION", "WORDS"),
           "b.1": GOOD, "a.1.": GOOD.replace("none", "\\[nosuchsign]")}
CLEAN = {"a.1": GOOD}

if __name__ == "__main__":
    sources.prove(check, PLANTED, CLEAN)
    where = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else sources.ROOT / "build/release/share/man/man1"
    complaints = [*missing(where), *check(where)]
    print("\n".join(complaints) or "nothing to complain about")
    sys.exit(1 if complaints else 0)
