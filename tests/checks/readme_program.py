"""Programs in documents are programs in examples/, which tests compile and run: the first program of docs/cpp.md is
examples/first_program.cpp to the letter, and stays short; README's lines are lines of examples/count.cpp and .py.
"""
import re
import sys
import textwrap

import sources

PROGRAM = "examples/first_program.cpp"
LINES = 25


def blocks(document, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", document, re.MULTILINE | re.DOTALL)


def complaints(document, program):
    """Of the document whose one block of C++ is the whole program."""
    found = blocks(document, "cpp")
    if len(found) != 1:
        return [f"docs/cpp.md: {len(found)} blocks of C++, wanted one, the text of {PROGRAM}"]
    said = []
    for number, (shown, real) in enumerate(zip(found[0].splitlines(), program.splitlines()), 1):
        if shown != real:
            said = [f"docs/cpp.md: line {number} of the program is\n  {shown}\nand in {PROGRAM}\n  {real}"]
            break
    if not said and found[0] != program:
        said = [f"docs/cpp.md: its program and {PROGRAM} differ in length"]
    if program.count("\n") > LINES:
        said.append(f"{PROGRAM}: {program.count(chr(10))} lines, at most {LINES}: it is a first program")
    return [complaint + "; help: copy the file into docs/cpp.md" for complaint in said]


def excerpt_complaints(readme, language, program, name):
    """Of the document whose one block of a language is a piece of the program, three lines of it."""
    found = blocks(readme, language)
    if len(found) != 1 or found[0].count("\n") != 3:
        return [f"README.md: wanted one block of {language}, three lines of {name}"]
    if found[0] in textwrap.dedent(program) or textwrap.indent(found[0], "  ") in program:
        return []
    return [f"README.md: its {language} is not in {name}; help: copy the lines"]


def document_with(program, language="cpp"):
    return f"# x\n```sh\nls\n```\n```{language}\n{program}```\nmore\n"


TEXT = "int main() {\n}\n"
LONG = "//\n" * (LINES + 1)
PLANTED = [("# x\n", TEXT), (document_with("int main() {}\n"), TEXT), (document_with(TEXT + "// end\n"), TEXT),
           (document_with(TEXT[:-2] + "\n"), TEXT), (document_with(TEXT) * 2, TEXT), (document_with(LONG), LONG)]
THREE = "a();\nb();\nc();\n"
WITH_THREE = "int main() {\n" + textwrap.indent(THREE, "  ") + "}\n"


def check_itself():
    for document, program in PLANTED:
        if not complaints(document, program):
            sys.exit(f"the check is broken: it misses\n{document}against\n{program}")
    if complaints(document_with(TEXT), TEXT):
        sys.exit("the check is broken: it reports equal texts")
    if excerpt_complaints(document_with(THREE), "cpp", WITH_THREE, "x"):
        sys.exit("the check is broken: it reports lines that are there")
    for broken in ("a();\nb();\nd();\n", "a();\nb();\n"):
        if not excerpt_complaints(document_with(broken), "cpp", WITH_THREE, "x"):
            sys.exit(f"the check is broken: it misses\n{broken}")


if __name__ == "__main__":
    check_itself()
    read = {name: (sources.ROOT / name).read_text()
            for name in ("README.md", "docs/cpp.md", PROGRAM, "examples/count.cpp", "examples/count.py")}
    found = complaints(read["docs/cpp.md"], read[PROGRAM])
    for language, name in (("cpp", "examples/count.cpp"), ("python", "examples/count.py")):
        found += excerpt_complaints(read["README.md"], language, read[name], name)
    print("\n".join(found) or "nothing to complain about")
    sys.exit(1 if found else 0)
