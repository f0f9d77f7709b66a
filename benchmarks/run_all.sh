#!/usr/bin/env bash
# Alternates rounds of bench_workloads and the peers and prints one table. Builds and installs nothing.
#   benchmarks/run_all.sh BUILD_DIR [PYTHON]     ROUNDS=5 FILTER=W in the environment change the defaults
# PYTHON has benchmarks/peers/requirements.txt installed; without it the peers are left out.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
if [ $# -lt 1 ] || [ $# -gt 2 ]; then
  sed -n '2,4s/^# *//p' "$0" >&2
  exit 2
fi
bench=$(find "$1" -type f -name bench_workloads -perm -u+x -print -quit)
if [ -z "$bench" ]; then
  echo "run_all.sh: no executable bench_workloads under $1" >&2
  echo "help: cmake --workflow --preset native" >&2
  exit 2
fi
python=${2:-}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
rounds=${ROUNDS:-5}
for ((i = 1; i <= rounds; i++)); do
  echo "round $i of $rounds" >&2
  "$bench" --json --rounds 3 --filter "${FILTER:-W}" > "$out/$i.jsonl"
  if [ -n "$python" ]; then
    env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE "$python" "$here/peers/peers.py" --rounds 3 >> "$out/$i.jsonl"
  fi
done
"${python:-python3}" "$here/peers/table.py" "$out"/*.jsonl
