"""docs/theory.md and the files that implement it point at each other, and at what exists.

Every path that the page names is there. Every "docs/theory.md §N" or "§N.M" anywhere is the number of a heading. A
header named on a line "Implemented in …" cites that section, or one around it; a header of core or interp that cites a
section is named in it. Every section names what implements it, unless its heading says "not yet implemented"."""
import re
import sys

import sources

PAGE = "docs/theory.md"
HEADING = re.compile(r"#{2,3} (\d+(?:\.\d+)?)\.? .+")
PATH = re.compile(r"`((?:core|autodiff|nn|interp|experiments|tests|docs)/[\w./-]+\.\w+)`")
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)\)")
CITATION = re.compile(r"docs/theory\.md((?:[\s,]*(?:and|to|–)?\s*§\d+(?:\.\d+)?)+)")
NUMBER = re.compile(r"§(\d+(?:\.\d+)?)")
COMMENT_BREAK = re.compile(r"\n\s*(?://|#)?\s*")  # a citation may run on into the next line of a comment


def sections(page):
    """Number -> text, in which that of a section holds its subsections."""
    texts, open_numbers = {}, []
    for line in page.splitlines():
        heading = HEADING.fullmatch(line)
        if heading:
            number = heading.group(1)
            open_numbers = [number] if line.startswith("## ") else [number.split(".")[0], number]
        for number in open_numbers:
            texts[number] = texts.get(number, "") + line + "\n"
    return texts


def citations(text):
    flat = COMMENT_BREAK.sub(" ", text)
    return {number for match in CITATION.finditer(flat) for number in NUMBER.findall(match.group(1))}


def implementers(text):
    """The headers on its lines "Implemented in …"; such a line may be wrapped."""
    flat = re.sub(r"\n(?!\n)", " ", text)
    return {path for part in re.findall(r"Implemented in ([^\n]*?)\.(?:\s|$)", flat) for path in PATH.findall(part)}


def covers(cited, number):
    return any(number == c or number.startswith(c + ".") for c in cited)


def of_page(page, names):
    for path in PATH.findall(page):
        if path not in names:
            yield f"{PAGE}: names {path}, which does not exist"
    for link in LINK.findall(page):
        if "docs/" + link not in names:
            yield f"{PAGE}: links to {link}, which does not exist"
    for number, text in sections(page).items():
        heading = text.splitlines()[0]
        if heading.startswith("## ") and not implementers(text) and "not yet implemented" not in heading:
            yield f"{PAGE}: section {number} names nothing that implements it"


def of_citations(parts, texts):
    for name, text in texts.items():
        for number in sorted(citations(text)):
            if number not in parts:
                yield f"{name}: cites {PAGE} §{number}, which is no heading"
            elif name.startswith(("core/", "interp/")) and name.endswith(".h") and f"`{name}`" not in parts[number]:
                yield f"{name}: cites {PAGE} §{number}, which does not name it"
    for number, text in parts.items():
        own = text if "." in number else text.split("\n### ")[0]
        for name in sorted(implementers(own)):
            if name in texts and not covers(citations(texts[name]), number):
                yield f"{name}: implements {PAGE} §{number} and does not cite it"


def complaints_of(texts, names):
    """texts: path -> text of what may cite; names: the paths of all files."""
    page = texts.get(PAGE, "")
    return [*of_page(page, names), *of_citations(sections(page), texts)]


def check(root):
    texts = {str(path): (root / path).read_text() for path in sources.files(root, {".h", ".cpp", ".py", ".md"})
             if path.name != "theory_links.py"}
    names = set(texts) | {"docs/" + str(path.relative_to(root / "docs")) for path in (root / "docs").rglob("*")}
    return complaints_of(texts, names)


HEADED = "## 1. Loss\n\nImplemented in `interp/a.h`.\n"
TOGETHER = [  # files, whether there is something to complain about
    ({PAGE: HEADED, "interp/a.h": "// See docs/theory.md §1.\n"}, False),
    ({PAGE: HEADED, "interp/a.h": "// Nothing.\n"}, True),
    ({PAGE: HEADED, "interp/a.h": "// (docs/theory.md §1,\n// §4)\n"}, True),
    ({PAGE: HEADED + "### 1.1 Gaps\n", "interp/a.h": "// docs/theory.md §1 and §1.1\n"}, True),
    ({PAGE: HEADED + "### 1.1 Gaps\nImplemented in\n`interp/a.h`.\n", "interp/a.h": "// docs/theory.md §1\n"}, False),
    ({PAGE: HEADED, "interp/a.h": "// docs/theory.md §1\n", "core/b.h": "// docs/theory.md §1\n"}, True),
    ({PAGE: HEADED, "interp/a.h": "// docs/theory.md §1\n", "nn/b.h": "// docs/theory.md §1\n"}, False),
    ({PAGE: HEADED + "`core/c.h`\n", "interp/a.h": "// docs/theory.md §1\n"}, True),
]
PLANTED = {
    "docs/theory.md": "## 1. Loss\n\nNo word on who does it.\n",
    "README.md": "The rest is missing (docs/theory.md §5–§6).\n",
    "tests/a.cpp": "// docs/theory.md §3.4\n",
}
CLEAN = {
    "docs/theory.md": "## 5. Bases (not yet implemented here)\n\n![a](https://example.org/a.svg)\n",
    "README.md": "[docs/theory.md](docs/theory.md) has it; §2 of the paper too.\n",
}

if __name__ == "__main__":
    for together, wanted in TOGETHER:
        if bool(complaints_of(together, set(together))) != wanted:
            sys.exit(f"the check is broken: it {'misses' if wanted else 'reports'} {together}")
    sources.main(check, PLANTED, CLEAN)
