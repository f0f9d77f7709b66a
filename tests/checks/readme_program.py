"""The first program of README.md is examples/first_program.cpp to the letter, and stays short."""
import re
import sys

import sources

PROGRAM = "examples/first_program.cpp"
LINES = 25
BLOCK = re.compile(r"^```cpp\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def complaints(readme, program):
    blocks = BLOCK.findall(readme)
    if len(blocks) != 1:
        return [f"README.md: {len(blocks)} blocks of C++, wanted one, the text of {PROGRAM}"]
    found = []
    for number, (shown, real) in enumerate(zip(blocks[0].splitlines(), program.splitlines()), 1):
        if shown != real:
            found = [f"README.md: line {number} of the program is\n  {shown}\nand in {PROGRAM}\n  {real}"]
            break
    if not found and blocks[0] != program:
        found = [f"README.md: its program and {PROGRAM} differ in length"]
    if program.count("\n") > LINES:
        found.append(f"{PROGRAM}: {program.count(chr(10))} lines, at most {LINES}: it is a first program")
    return [complaint + "; help: copy the file into README.md" for complaint in found]


def readme_with(program):
    return f"# x\n```sh\nls\n```\n```cpp\n{program}```\nmore\n"


TEXT = "int main() {\n}\n"
LONG = "//\n" * (LINES + 1)
PLANTED = [("# x\n", TEXT), (readme_with("int main() {}\n"), TEXT), (readme_with(TEXT + "// end\n"), TEXT),
           (readme_with(TEXT[:-2] + "\n"), TEXT), (readme_with(TEXT) * 2, TEXT), (readme_with(LONG), LONG)]

if __name__ == "__main__":
    for readme, program in PLANTED:
        if not complaints(readme, program):
            sys.exit(f"the check is broken: it misses\n{readme}against\n{program}")
    if complaints(readme_with(TEXT), TEXT):
        sys.exit("the check is broken: it reports equal texts")
    found = complaints((sources.ROOT / "README.md").read_text(), (sources.ROOT / PROGRAM).read_text())
    print("\n".join(found) or "nothing to complain about")
    sys.exit(1 if found else 0)
