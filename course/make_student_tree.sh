#!/usr/bin/env bash
# Writes the folder that students get: make_student_tree.sh DIR [lab01 lab02 ...], all labs if none is named. With
# --solutions it is the one that teachers try.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
python3 "$here/tools/lab.py" tree "$@"
