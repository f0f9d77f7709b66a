#!/usr/bin/env bash
# Alternates rounds of bench_chains and its peers and prints one table: processor time of a step of one chain.
#   benchmarks/run_chains.sh BUILD_DIR PYTHON     ROUNDS=3 in the environment changes the default
# PYTHON has benchmarks/peers/requirements.txt installed, and devinterp 1.3.2 if it is to be there. Installs nothing.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
if [ $# -ne 2 ]; then
  sed -n '2,4s/^# *//p' "$0" >&2
  exit 2
fi
bench=$(find "$1" -type f -name bench_chains -perm -u+x -print -quit)
if [ -z "$bench" ]; then
  echo "run_chains.sh: no executable bench_chains under $1" >&2
  echo "help: cmake --workflow --preset native" >&2
  exit 2
fi
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
rounds=${ROUNDS:-3}
for ((i = 1; i <= rounds; i++)); do
  echo "round $i of $rounds, load$(uptime | sed 's/.*average://')" >&2
  "$bench" --json > "$out/$i.jsonl"
  env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE "$2" "$here/peers/chains_peers.py" --rounds 1 >> "$out/$i.jsonl"
done
"$2" "$here/peers/table.py" "$out"/*.jsonl
