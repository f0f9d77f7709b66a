#!/usr/bin/env bash
# Installs what is missing, builds, runs every test. BASIN_SKIP_SLOW=1 leaves out the slow ones; options go to ctest,
# for example: scripts/test.sh -R core
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
jobs=${BASIN_JOBS:-$(nproc)}

scripts/bootstrap.sh
cmake --preset release
cmake --build --preset release --parallel "$jobs"
select=()
if [[ ${BASIN_SKIP_SLOW:-0} == 1 ]]; then select=(--label-exclude '^slow$'); fi
ctest --preset release --parallel "$jobs" ${select[@]+"${select[@]}"} "$@"
