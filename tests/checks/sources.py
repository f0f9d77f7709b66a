"""What the checks share: the files of the project, and the order "prove that you can fail, then look"."""
import pathlib
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
SKIPPED = {"build", "runs", "venv", "__pycache__"}  # made by machines; hidden folders are skipped too


def files(root, suffixes):
    """The files below root that end in one of the suffixes, as paths relative to root, in order."""
    found = []
    for path in root.rglob("*"):
        parts = path.relative_to(root).parts
        made = any(part in SKIPPED or part.startswith(".") for part in parts[:-1])
        if path.suffix in suffixes and path.is_file() and not made:
            found.append(path.relative_to(root))
    return sorted(found)


def prove(check, planted, clean):
    """The check must report every planted file {path: text} and none of the clean ones."""
    for texts, wanted in ((planted, True), (clean, False)):
        for name, text in texts.items():
            with tempfile.TemporaryDirectory() as folder:
                root = pathlib.Path(folder)
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text)
                if bool(check(root)) != wanted:
                    sys.exit(f"the check is broken: it {'misses' if wanted else 'reports'} {name} with\n{text}")


def main(check, planted, clean):
    """Proves the check, runs it on the project (or on the folder given) and exits 1 when it finds something."""
    prove(check, planted, clean)
    root = pathlib.Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else ROOT
    complaints = check(root)
    print("\n".join(complaints) or "nothing to complain about")
    sys.exit(1 if complaints else 0)
