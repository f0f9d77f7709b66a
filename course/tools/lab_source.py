"""Reads a lab: the regions of lab.cpp, the tests of tests.cpp, and what wrong/*.cpp puts in place of regions."""
import dataclasses
import pathlib
import re

MARKER = re.compile(r"\s*//@\s*(\S*)\s*(.*?)\s*$")
MARKERS = "solution NAME, stub, end, and outside of regions nowrong NAME: reason"
NAME = re.compile(r"[A-Za-z0-9_.-]+$")
TEST = re.compile(r'^\s*TEST_CASE(?:_TEMPLATE|_FIXTURE)?\((?:\w+,)?\s*((?:"(?:[^"\\]|\\.)*"\s*)+)', re.MULTILINE)
POINTS = re.compile(r"\[(\d+)\] \S")


class LabError(Exception):
    """Says the file, the line if there is one, and what is wrong."""


def error_at(path, number, text):
    return LabError(f"{path}:{number}: {text}")


@dataclasses.dataclass
class Region:
    name: str
    line: int
    solution: list = dataclasses.field(default_factory=list)
    stub: list = None  # until its marker is met


@dataclasses.dataclass
class Source:
    path: pathlib.Path
    parts: list  # lines of text, and regions
    no_wrong: dict  # region name: why there is no wrong solution for it

    @property
    def regions(self):
        return {part.name: part for part in self.parts if isinstance(part, Region)}

    def text(self, choose):
        lines = []
        for part in self.parts:
            lines += choose(part) if isinstance(part, Region) else [part]
        return "\n".join(lines) + "\n"

    def stub(self):
        return self.text(lambda region: region.stub)

    def solution(self):
        return self.text(lambda region: region.solution)

    def wrong(self, wrong):
        return self.text(lambda region: wrong.replaces.get(region.name, region.solution))


@dataclasses.dataclass
class Wrong:
    path: pathlib.Path
    tempting: str
    fails: list  # beginnings of names of tests
    replaces: dict  # region name: lines


def read(folder):
    return read_source(pathlib.Path(folder) / "lab.cpp")


def read_source(path):
    source, open_region = Source(path, [], {}), None
    for number, line in enumerate(path.read_text().splitlines(), 1):
        marker = MARKER.match(line)
        if not marker:
            add_line(source, open_region, line)
            continue
        word, rest = marker.groups()
        if word == "solution":
            open_region = begin_region(source, open_region, number, rest)
        elif word == "stub":
            if not open_region or open_region.stub is not None or rest:
                raise error_at(path, number, '"//@ stub" stands alone, once in a region, behind "//@ solution NAME"')
            open_region.stub = []
        elif word == "end":
            if not open_region or open_region.stub is None or rest:
                raise error_at(path, number, '"//@ end" stands alone, behind "//@ stub"')
            open_region = None
        elif word == "nowrong" and not open_region:
            name, colon, why = rest.partition(":")
            if not colon or not why.strip():
                raise error_at(path, number, 'say why: "//@ nowrong NAME: reason"')
            source.no_wrong[name.strip()] = why.strip()
        else:
            raise error_at(path, number, f'no marker: "{line.strip()}"; help: {MARKERS}')
    if open_region:
        raise error_at(path, open_region.line, f'region "{open_region.name}" has no "//@ end"')
    return source


def add_line(source, region, line):
    if region is None:
        source.parts.append(line)
    else:
        (region.solution if region.stub is None else region.stub).append(line)


def begin_region(source, open_region, number, name):
    if open_region:
        raise error_at(source.path, number, f'region "{open_region.name}" of line {open_region.line} is still open')
    if not NAME.match(name):
        raise error_at(source.path, number, f'"{name}" is no name: letters, digits, "_", "-" and "."')
    if name in source.regions:
        raise error_at(source.path, number, f'"{name}" is the region of line {source.regions[name].line} too')
    region = Region(name, number)
    source.parts.append(region)
    return region


def read_wrong(source, path):
    wrong, lines = Wrong(path, "", [], {}), None
    for number, line in enumerate(path.read_text().splitlines(), 1):
        marker = MARKER.match(line)
        if marker:
            word, name = marker.groups()
            if word == "end" and not name:
                lines = None
                continue
            if word != "replaces":
                raise error_at(path, number, f'no marker: "{line.strip()}"; help: "//@ replaces NAME"')
            if name not in source.regions:
                raise error_at(path, number, f'no region "{name}"; help: {", ".join(source.regions)}')
            if name in wrong.replaces:
                raise error_at(path, number, f'"{name}" is replaced above')
            lines = wrong.replaces[name] = []
        elif lines is not None:
            lines.append(line)
        else:
            read_heading(wrong, number, line)
    return wrong


def read_heading(wrong, number, line):
    """A line above the first marker; a comment goes on with lines that begin with "//"."""
    text = line.strip()
    if text.startswith("// tempting:"):
        wrong.tempting = text[len("// tempting:"):].strip()
    elif text.startswith("// fails:"):
        wrong.fails.append(text[len("// fails:"):].strip())
    elif text and not text.startswith("//"):
        raise error_at(wrong.path, number, 'a line before "//@ replaces NAME" that is no comment')


def test_names(path):
    """The names of the tests of a file, in order."""
    return ["".join(re.findall(r'"((?:[^"\\]|\\.)*)"', literal)).replace('\\"', '"').replace("\\\\", "\\")
            for literal in TEST.findall(path.read_text())]


def points(name):
    match = POINTS.match(name)
    return int(match.group(1)) if match else None
