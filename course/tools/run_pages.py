#!/usr/bin/env python3
"""Runs the commands of a lab's README where the solutions are, and compares what they print.

  run_pages.py [LAB ...] [--tree TREE] [--programs DIR]

The pages are those of TREE, which was made with --solutions; without one a tree is made, and removed at the end.

Every ```sh block must exit with 0, from the lab's folder; a ```text block right behind one is what it prints. There "…"
is anything and a line "…" any lines; what doctest says of itself may be left out. Numbers may differ by 1e-6 of their
size, or by a tenth behind "≈". With --programs nothing is built: DIR/LAB/show and DIR/LAB/tests are there.
"""
import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import lab
import student_tree

BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NUMBER = re.compile(r"(≈ ?)?([-+−]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)")
DOCTEST = re.compile(r"\[doctest\]|={60,}$")
SECONDS = 500


def blocks_of(text):
    """Yields (line number, commands, what they print or None)."""
    found = list(BLOCK.finditer(text))
    for number, block in enumerate(found):
        if block.group(1) == "sh":
            behind = found[number + 1] if number + 1 < len(found) else None
            near = behind and behind.group(1) == "text" and not text[block.end():behind.start()].strip()
            yield text[:block.start()].count("\n") + 1, block.group(2), behind.group(2) if near else None


def same_number(wanted, got, about):
    a, b = (float(text.replace("−", "-")) for text in (wanted, got))
    return abs(a - b) <= (0.1 if about else 1e-6) * max(abs(a), abs(b))


def same_line(wanted, got):
    """Spaces count as one; "…" is anything."""
    wanted, got = " ".join(wanted.split()), " ".join(got.split())
    parts, numbers, end = [], [], 0
    for match in re.finditer(f"…|{NUMBER.pattern}", wanted):
        parts.append(re.escape(wanted[end:match.start()]))
        end = match.end()
        if match.group() == "…":
            parts.append(".*?")
        else:
            numbers.append((match.group(2), bool(match.group(1))))
            parts.append("(?:≈ ?)?([-+−]?[0-9.]+(?:[eE][-+]?[0-9]+)?)")
    match = re.fullmatch("".join(parts) + re.escape(wanted[end:]), got)
    if not match:
        return False
    try:
        return all(same_number(number, other, about) for (number, about), other in zip(numbers, match.groups()))
    except ValueError:  # what stands for a number is none, such as "1.2.3"
        return False


def lines_of(got, wanted):
    """What is printed, without the lines that doctest adds unless the page shows those."""
    lines = got.rstrip("\n").split("\n")
    return lines if "[doctest]" in wanted else [line for line in lines if not DOCTEST.match(line)]


def difference(wanted, got):
    """The first line that differs, or nothing. A line "…" stands for any number of lines."""
    lines, place, free = lines_of(got, wanted), 0, False
    for line in wanted.rstrip("\n").split("\n"):
        if line.strip() == "…":
            free = True
            continue
        while free and place < len(lines) and not same_line(line, lines[place]):
            place += 1
        if place >= len(lines) or not same_line(line, lines[place]):
            return f"wanted: {line}\ngot:    {lines[place] if place < len(lines) else 'nothing more'}"
        place, free = place + 1, False
    return "" if free or place >= len(lines) else f"wanted: nothing more\ngot:    {lines[place]}"


def complaints_of(page, environment):
    for line, commands, wanted in blocks_of(page.read_text()):
        run = subprocess.run(["bash", "-e", "-c", commands], cwd=page.parent, capture_output=True, text=True,
                             env=environment, timeout=SECONDS)
        if run.returncode:
            yield f"{page}:{line}: ended with {run.returncode}\n{run.stdout}{run.stderr}"
        elif wanted is not None and (differs := difference(wanted, run.stdout)):
            yield f"{page}:{line}: prints something else\n{differs}"


def run_pages(tree, labs, programs):
    environment = {**os.environ, "BASIN_STUDENT": "nobody"}
    if programs:
        environment["LAB_PROGRAMS"] = str(programs.resolve())
        (tree / "build").symlink_to(programs.resolve())
    pages = [tree / name / "README.md" for name in labs] or sorted(tree.glob("lab*/README.md"))
    complaints = [text for page in pages for text in complaints_of(page, environment)]
    print("\n".join(complaints) or f"{len(pages)} pages print what they say")
    return 1 if complaints else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lab", nargs="*")
    parser.add_argument("--tree", type=pathlib.Path)
    parser.add_argument("--programs", type=pathlib.Path)
    options = parser.parse_args()
    if options.tree:
        return run_pages(options.tree, options.lab, options.programs)
    with tempfile.TemporaryDirectory() as folder:
        tree = pathlib.Path(folder) / "tree"
        student_tree.make(lab.COURSE, lab.labs(options.lab), tree, solutions=True)
        return run_pages(tree, options.lab, options.programs)


if __name__ == "__main__":
    sys.exit(main())
