"""What must hold of a lab before it can be given out."""
import lab_source

SECTIONS = ("Objectives", "Minutes", "Background", "First picture", "Tasks", "Questions")
FILES = ("README.md", "lab.h", "tests.cpp", "show.cpp", "expected/figure.svg", "teaching.md")
POINTS = 10


def complaints_of(folder):
    missing = [f"{folder / name}: missing" for name in FILES if not (folder / name).is_file()]
    try:
        source = lab_source.read(folder)
        names = lab_source.test_names(folder / "tests.cpp") if (folder / "tests.cpp").is_file() else []
        return (missing + region_complaints(source) + test_complaints(folder / "tests.cpp", names)
                + wrong_complaints(source, folder, names) + page_complaints(folder / "README.md"))
    except lab_source.LabError as error:
        return missing + [str(error)]


def region_complaints(source):
    """A stub says what to do under the name of its region; at least one of a lab does."""
    if not source.regions:
        return [f"{source.path}: no regions, nothing is left for students to write"]
    return [f'{source.path}:{region.line}: no stub of the lab says todo("{region.name}", "…")'
            for region in source.regions.values()
            if f'todo("{region.name}",' not in source.stub()]


def test_complaints(path, names):
    found = [f'{path}: "{name}" does not begin with its points, such as "[2] "'
             for name in names if lab_source.points(name) is None]
    found += [f'{path}: two tests are called "{name}"' for name in sorted(set(names)) if names.count(name) > 1]
    total = sum(lab_source.points(name) or 0 for name in names)
    return found + ([] if total == POINTS else [f"{path}: {total} points, a lab has {POINTS}"])


def wrong_complaints(source, folder, names):
    wrongs = [lab_source.read_wrong(source, path) for path in sorted((folder / "wrong").glob("*.cpp"))]
    found = [] if 3 <= len(wrongs) <= 5 else [f"{folder / 'wrong'}: {len(wrongs)} wrong solutions, a lab has 3 to 5"]
    for wrong in wrongs:
        if not wrong.tempting:
            found.append(f'{wrong.path}: "// tempting: …" is missing')
        if not wrong.fails or not wrong.replaces:
            found.append(f'{wrong.path}: "// fails: …" or "//@ replaces NAME" is missing')
        found += [f'{wrong.path}: no test begins with "{beginning}"'
                  for beginning in wrong.fails if not any(name.startswith(beginning) for name in names)]
    replaced = {name for wrong in wrongs for name in wrong.replaces}
    found += [f'{source.path}: "//@ nowrong {name}" names no region' for name in source.no_wrong
              if name not in source.regions]
    return found + [f'{source.path}:{region.line}: no wrong solution replaces "{name}"; '
                    f'help: write one, or "//@ nowrong {name}: reason"'
                    for name, region in source.regions.items() if name not in replaced and name not in source.no_wrong]


def page_complaints(path):
    if not path.is_file():
        return []
    lines = path.read_text().splitlines()
    title = f"# Lab {path.parent.name[3:]}: "
    found = [] if lines and lines[0].startswith(title) else [f'{path}:1: the title begins with "{title}"']
    return found + [f'{path}: no section "## {name}"' for name in SECTIONS if f"## {name}" not in lines]
