"""Constructs that this project has decided against, each with its reason."""
import re

import sources

LIBRARIES = ("core", "autodiff", "nn", "interp")
PROGRAM = (*LIBRARIES, "experiments", "mpi")
EVERYWHERE = [  # pattern, why
    (r"\b(TODO|FIXME|XXX)\b", "finish it, or write it into the limits of the README"),
    (r"""["'(= ]/(home|root|tmp|work|mnt|srv|Users)/""", "a path of one machine"),
]
BUILD = [
    (r"-ffast-math|-Ofast|-funsafe-math|-ffp-contract=off", "changes results or speed in ways nobody asked for"),
]
PROGRAM_SOURCES = [
    (r"\bstd::(normal|uniform_real|uniform_int)_distribution\b", "differs between libraries; use core/rng.h"),
    (r"\bstd::(mt19937|random_device|rand)\b|\bs?rand\(", "streams are named and counter-based; use core/rng.h"),
    (r"\busing namespace std\b", "write std::"),
    (r"\blong double\b", "float and double only: long double differs between machines"),
]
HELP = (r"""\\n *help:|^\s*"help: """, 'error texts have one spelling, in one piece: "; help: "')
LIBRARY_SOURCES = [
    (r"\bstd::(cout|cerr|clog)\b|\b(f|fmt::)?print(f|ln)?\(\s*(std(out|err)|\")|\bputs\(", "libraries do not print"),
    (r"\b(std::)?(exit|abort|_exit|quick_exit)\(", "libraries throw the kinds of core/error.h"),
]
COMMENT = re.compile(r"(//|#).*$")  # a comment may name what the code may not do
SUFFIXES = {".h", ".cpp", ".py", ".sh", ".md", ".cmake", ".json", ".txt", ".in", ".js", ".css"}


def rules_for(path):
    rules = [(rule, False) for rule in EVERYWHERE]
    if path.suffix in {".cmake", ".json", ".txt"}:
        rules += [(rule, True) for rule in BUILD]
    if path.suffix in {".h", ".cpp"} and path.parts[0] in PROGRAM:
        rules += [(rule, True) for rule in PROGRAM_SOURCES]
        rules.append((HELP, True))
        if path.parts[0] in LIBRARIES:
            rules += [(rule, True) for rule in LIBRARY_SOURCES]
    return [(re.compile(pattern), why, code_only) for (pattern, why), code_only in rules]


def complaints_of(path, text):
    rules = rules_for(path)
    for number, line in enumerate(text.splitlines(), 1):
        for pattern, why, code_only in rules:
            match = pattern.search(COMMENT.sub("", line) if code_only else line)
            if match:
                yield f"{path}:{number}: {match.group().strip()}: {why}"


def check(root):
    own = sources.pathlib.Path("tests/checks/forbidden.py")
    return [complaint
            for path in sources.files(root, SUFFIXES) if path != own
            for complaint in complaints_of(path, (root / path).read_text())]


PLANTED = {
    "README.md": "TODO\n",
    "CMakeLists.txt": "add_compile_options(-ffast-math)\n",
    "docs/a.md": "see /home/me/net\n",
    "tests/core/a.cpp": 'open("/tmp/x");\n',
    "nn/a.cpp": "std::normal_distribution<double> n;\n",
    "experiments/a.cpp": "std::mt19937 g;\n",
    "interp/a.cpp": "std::cout << 1;\n",
    "core/a.cpp": 'printf("%d", 1);\n',
    "core/b.cpp": "fmt::print(stderr, text);\n",
    "core/c.cpp": "std::exit(1);\n",
    "core/d.cpp": 'throw Error("no file\\nhelp: make one");\n',
    "nn/d.cpp": 'throw Error("no file\\n  help: make one");\n',
    "interp/d.cpp": 'throw Error("no file\\n"\n            "help: make one");\n',
}
CLEAN = {
    "experiments/a.cpp": "std::cout << 1;\n",
    "core/a.cpp": "// std::cout is for executables\nfprint_graph(g);\n",
    "core/b.cpp": 'throw Error("no file; help: "\n            "make one");\n',
    "core/b.h": "std::string print(const Graph& g);\n",
    "core/c.h": "// nothing here needs -ffast-math\n",
    "README.md": "data lies in /usr/share/datasets\n",
}

if __name__ == "__main__":
    sources.main(check, PLANTED, CLEAN)
