"""The folder that students get: it builds by itself against an installed basin."""
import shutil

import lab_source

FOR_TEACHERS = {"wrong", "teaching.md", "lab.cpp"}  # lab.cpp is written anew
MADE = {"out", "build", "__pycache__"}


def make(course, labs, folder, solutions):
    """Writes the tree; a folder with something in it is refused, so that nobody's work is overwritten."""
    if folder.exists() and any(folder.iterdir()):
        raise lab_source.LabError(f"{folder}: not empty; help: give a new folder")
    texts = {lab: lab_source.read(lab) for lab in labs}  # all are read before anything is written
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(course / "common", folder / "common")
    shutil.copy(course / "student" / "run", folder / "common")
    for name in ("CMakeLists.txt", "README.md"):
        shutil.copy(course / "student" / name, folder)
    (folder / "docs").mkdir()
    shutil.copy(course.parent / "docs" / "theory.md", folder / "docs")  # pages and messages name its sections
    shutil.copy(course / "tools" / "grade.py", folder / "grade")
    (folder / "grade").chmod(0o755)
    for lab, source in texts.items():
        shutil.copytree(lab, folder / lab.name, ignore=lambda _, names: (FOR_TEACHERS | MADE) & set(names))
        (folder / lab.name / "lab.cpp").write_text(source.solution() if solutions else source.stub())
        add_programs(folder / lab.name)


def add_programs(folder):
    """./show and ./tests, or make show and make test: whatever fingers know."""
    for name in ("show", "tests"):
        (folder / name).write_text(f'#!/bin/sh\ncd "$(dirname "$0")" && exec ../common/run {name} "$@"\n')
        (folder / name).chmod(0o755)
    (folder / "Makefile").write_text(".PHONY: show test tests\nshow:\n\t@./show\ntest tests:\n\t@./tests\n")
