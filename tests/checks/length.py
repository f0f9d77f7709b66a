"""Files of at most 300 lines, C++ functions of at most 40, lines of at most 120 characters. The rows of a table, lines
that begin with a brace, do not lengthen a function."""
import re

import sources

FILE_LINES, FUNCTION_LINES, LINE_CHARACTERS = 300, 40, 120
# In formatted code the brace that opens a function body ends a line, and its closing brace stands at the depth of the
# signature. Classes and namespaces are looked into; a body inside a function belongs to the function.
CONTAINER = re.compile(r"\s*(namespace|class|struct|enum|union|extern|template <[^(]*> (class|struct))\b")
SIGNATURE = re.compile(r"[^={(]*(operator *\S+ *)?\(")
CLOSING = re.compile(r"\s*\}[;)]*( *//.*)?$")


def functions(lines):
    """Yields (first line number, number of lines) of function bodies at namespace or class level."""
    body = None  # (number, depth) of the signature of the function that is open
    first = None  # the line number at which the present declaration began
    for number, line in enumerate(lines, 1):
        code = line.strip()
        if body:
            if CLOSING.match(line) and depth_of(line) == body[1]:
                yield body[0], sum(not text.strip().startswith("{") for text in lines[body[0] - 1:number])
                body = None
        elif code and not code.startswith(("#", "//")):
            first = first or number
            text = " ".join(lines[first - 1:number])
            if code.endswith("{"):
                if SIGNATURE.match(text) and not CONTAINER.match(text):
                    body = first, depth_of(lines[first - 1])
                first = None
            elif code.endswith((";", "}", "public:", "private:", "protected:")) or CLOSING.match(line):
                first = None


def depth_of(line):
    return len(line) - len(line.lstrip())


def complaints_of(path, text):
    lines = text.splitlines()
    if len(lines) > FILE_LINES:
        yield f"{path}: {len(lines)} lines, at most {FILE_LINES}; help: one concept per file, split it"
    for number, line in enumerate(lines, 1):
        if len(line) > LINE_CHARACTERS:
            yield f"{path}:{number}: {len(line)} characters, at most {LINE_CHARACTERS}"
    if path.suffix in {".h", ".cpp"}:
        for number, length in functions(lines):
            if length > FUNCTION_LINES:
                yield f"{path}:{number}: a function of {length} lines, at most {FUNCTION_LINES}"


def check(root):
    return [complaint
            for path in sources.files(root, {".h", ".cpp", ".py", ".sh", ".js", ".css"})
            for complaint in complaints_of(path, (root / path).read_text())]


BODY = "  step();\n" * 39
DEEP = BODY.replace("  ", "    ")
PLANTED = {
    "a.cpp": "\n" * 301,
    "a.py": "#\n" * 301,
    "a.js": "//\n" * 301,
    "b.sh": "# " + "x" * 119 + "\n",
    "c.cpp": "void f() {\n" + BODY + "}\n",
    "d.cpp": f"namespace a {{\nstruct B {{\n  void f(int x,\n         int y) {{\n{DEEP}  }}\n}};\n}}\n",
    "e.cpp": "template <class T>\nvoid f(T x) {\n" + BODY + "}\n",
    "g.cpp": 'TEST_CASE("it runs") {\n' + BODY + "}\n",
    "h.cpp": "B& B::operator=(const B& b) {\n" + BODY + "}\n",
    "i.cpp": "B::B(int x)\n    : x_(x) {\n" + BODY + "}\n",
    "j.h": f"class B {{\n public:\n  B() {{\n{DEEP}  }}\n}};\n",
}
METHOD = "  void f() {\n    step();\n  }\n"
CLEAN = {
    "a.cpp": "\n" * 300,
    "b.cpp": "void f() {\n" + BODY[10:] + "}\n" + "void g() {\n" + BODY[10:] + "}\n",
    "c.h": "namespace a {\nclass B {\n  int x = 0;\n" + METHOD * 30 + "};\n}  // namespace a\n",
    "e.cpp": "Table f() {\n  return {\n" + "      {1, 2},\n" * 50 + "  };\n}\n",
    "d.cpp": "const Op op{.rule = [](Rule& r) {\n" + "              r.to(0);\n" * 20 + "            },\n" * 30 + "};\n",
}

if __name__ == "__main__":
    sources.main(check, PLANTED, CLEAN)
