#!/usr/bin/env python3
"""Makes manual pages of what the programs say to --help: basin.1 and a basin-NAME.1 for each, compressed.

  make_man_pages.py DRIVER FOLDER CHANGELOG     DRIVER is bin/basin; FOLDER is made; the date is that of the newest
                                                release, or empty before the first

The text is that of experiments/cli/options_help.cpp: what it does, the usage, then sections, a title over lines that
begin with two blanks. A line of a list is a head and, two blanks or more behind it or on the next lines, its words."""
import gzip
import pathlib
import re
import subprocess
import sys

LISTS = {"options", "options of every experiment", "presets", "programs"}
PROSE = {"results", "where values come from"}
ROW = re.compile(r"  (\S.*?)(?:  +(\S.*))?$")


def help_of(driver, *words):
    return subprocess.run([driver, *words, "--help"], check=True, capture_output=True, text=True).stdout


def escaped(text):
    """Signs that roff would take for its own or print as others."""
    for sign, code in {"\\": "\\e", "-": "\\-", "'": "\\(aq", "`": "\\(ga", "^": "\\(ha", "~": "\\(ti"}.items():
        text = text.replace(sign, code)
    return "\\&" + text if text.startswith(".") else text


def prose(text):
    """Hyphens inside words stay hyphens."""
    return re.sub(r"(?<=[a-z])\\-(?=[a-z])", "-", escaped(text))


def sections(text):
    """The first paragraph, then {title: lines}; the usage is a section too."""
    what, _, rest = text.partition("\n\n")
    found = {}
    for block in rest.strip("\n").split("\n\n"):
        title, *lines = block.splitlines()
        if title.startswith("usage: "):
            title, lines = "usage", [title[7:], *lines]
        found[title] = lines
    return what.partition(": ")[2], found


def rows(lines):
    """Heads with their words, of a list."""
    found = []
    for line in lines:
        if not line.startswith("   "):
            head, words = ROW.fullmatch(line).groups()
            found.append([head, words or ""])
        else:
            found[-1][1] = (found[-1][1] + " " + line.strip()).strip()
    return found


def section(title, lines):
    yield ".SH " + title.upper()
    if title in LISTS:
        for head, words in rows(lines):
            head = f"basin-{head}(1)" if title == "programs" else head
            yield from (".TP", ".B " + escaped(head), prose(words))
    elif title in PROSE:
        yield prose(" ".join(line.strip() for line in lines))
    else:
        yield from (".EX", *(escaped(line.strip()) for line in lines), ".EE")


def described(what):
    """A paragraph may go on in lines of its own, which are kept."""
    first, *more = what.splitlines()
    yield from (".SH DESCRIPTION", prose(first))
    if more:
        yield from (".PP", ".EX", *map(escaped, more), ".EE")


def page(name, whatis, text, version, date):
    what, parts = sections(text)
    lines = [f'.TH {name.upper()} 1 "{date}" "basin {version}" "basin"',
             ".SH NAME", f"{name} \\- {prose(whatis)}", ".SH SYNOPSIS", ".EX"]
    lines += [escaped(line.strip()) for line in parts.pop("usage")] + [".EE", *described(what)]
    for title, body in parts.items():
        lines += section(title, body)
    if name != "basin":
        lines += [".SH SEE ALSO", ".BR basin (1)"]
    return "\n".join(lines) + "\n"


def main():
    driver, folder, changelog = sys.argv[1:]
    version = subprocess.run([driver, "--version"], check=True, capture_output=True, text=True).stdout.split()[1]
    date = re.search(r"^## \[\d.*\] - (\S+)$", pathlib.Path(changelog).read_text(), re.MULTILINE)
    text = help_of(driver)
    what, parts = sections(text)
    pages = {"basin": (what, text)}
    for program, words in rows(parts["programs"]):
        if words.startswith("is not here"):
            sys.exit(f"make_man_pages: {program} {words}; help: build the target experiments first")
        pages["basin-" + program] = words, help_of(driver, program)
    out = pathlib.Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    for old in out.glob("basin*.1.gz"):
        old.unlink()
    for name, (whatis, help_text) in pages.items():
        roff = page(name, whatis, help_text, version, date.group(1) if date else "")
        (out / f"{name}.1.gz").write_bytes(gzip.compress(roff.encode(), mtime=0))


if __name__ == "__main__":
    main()
