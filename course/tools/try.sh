#!/usr/bin/env bash
# For authors: builds solution, stub and wrong solutions of a lab against the basin that pkg-config finds, one file at
# a time, runs them, and says what holds and what does not. The argument is the lab: lab01; --update before it copies
# the picture of the solution to expected/.
# CXX, CXXFLAGS and BUILD (where to, build/course of this clone) may be given.
set -uo pipefail
course=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
exec python3 "$course/tools/try_lab.py" "$@"
