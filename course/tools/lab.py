#!/usr/bin/env python3
"""What becomes of a lab's one source: the student's stub, the solution, typical wrong solutions, the student's tree.

  lab.py stub LAB [-o FILE]          lab.cpp as a student gets it
  lab.py solution LAB [-o FILE]      lab.cpp as it should become
  lab.py wrong LAB SLUG [-o FILE]    the solution with the regions that wrong/SLUG.cpp replaces
  lab.py check [LAB ...]             whether markers, points, wrong solutions and sections are in order
  lab.py tree DIR [LAB ...] [--solutions]   a folder of labs that builds by itself against an installed basin

LAB is a folder, or its name beside this script (lab01). Line markers of lab.cpp, at any indentation:

  //@ solution NAME     the lines of the solution follow,
  //@ stub              then those of the student,
  //@ end               and the region is over.
  //@ nowrong NAME: why no wrong solution replaces this region

wrong/SLUG.cpp begins with "// tempting: …" and one or more "// fails: [2] beginning of a test's name"; behind each
"//@ replaces NAME" stand the lines of that region.
"""
import argparse
import pathlib
import sys

import lab_check
import lab_source
import student_tree

COURSE = pathlib.Path(__file__).resolve().parents[1]


def lab_folder(name):
    """The folder that is named, here or in the course."""
    for folder in (pathlib.Path(name), COURSE / name):
        if (folder / "lab.cpp").is_file():
            return folder.resolve()
    raise lab_source.LabError(f"{name}: no such lab; help: the folder of a lab holds lab.cpp")


def labs(names=()):
    """The labs that are named, or all of the course, in order."""
    return [lab_folder(name) for name in names] or sorted(p.parent for p in COURSE.glob("lab[0-9][0-9]/lab.cpp"))


def write(text, output):
    if output is None:
        sys.stdout.write(text)
    elif not output.exists() or output.read_text() != text:  # an unchanged file keeps its time, and is not built again
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(text)


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("stub", "solution", "wrong"):
        command = commands.add_parser(name)
        command.add_argument("lab")
        if name == "wrong":
            command.add_argument("slug")
        command.add_argument("-o", "--output", type=pathlib.Path)
    commands.add_parser("check").add_argument("lab", nargs="*")
    tree = commands.add_parser("tree")
    tree.add_argument("folder", type=pathlib.Path)
    tree.add_argument("lab", nargs="*", help="all without")
    tree.add_argument("--solutions", action="store_true", help="lab.cpp is the solution, for teachers")
    return parser.parse_args(arguments)


def run(options):
    if options.command == "check":
        complaints = [text for folder in labs(options.lab) for text in lab_check.complaints_of(folder)]
        print("\n".join(complaints) or "nothing to complain about")
        return 1 if complaints else 0
    if options.command == "tree":
        student_tree.make(COURSE, labs(options.lab), options.folder, options.solutions)
        return 0
    source = lab_source.read(lab_folder(options.lab))
    if options.command == "wrong":
        wrong = lab_source.read_wrong(source, lab_folder(options.lab) / "wrong" / f"{options.slug}.cpp")
        write(source.wrong(wrong), options.output)
    else:
        write(source.stub() if options.command == "stub" else source.solution(), options.output)
    return 0


def main(arguments=None):
    try:
        return run(parse(arguments))
    except (lab_source.LabError, OSError) as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
