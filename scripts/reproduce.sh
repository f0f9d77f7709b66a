#!/usr/bin/env bash
# From a fresh Debian 12 to the report: installs what is missing, builds for this machine, runs the main job. Options
# are those of the program (--help). The last line of its output is the path of the report.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
jobs=${BASIN_JOBS:-$(nproc)}

"$root/scripts/bootstrap.sh"
(
  cd "$root"
  cmake --preset native
  cmake --build --preset native --target reproduce --parallel "$jobs"
) >&2
exec "$root/build/native/bin/reproduce" "$@"
