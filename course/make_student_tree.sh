#!/usr/bin/env bash
# Writes the folder that students get (the argument); with --solutions behind it, the one that teachers try.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
python3 "$here/tools/lab.py" tree "$@"
