#!/usr/bin/env bash
# Compares bench_transformer_step, bench_transformer_basis and bench_look with their peers: results, then times in
# alternating rounds, and prints tables of wall time and of the processor time of all threads. Installs nothing.
#   benchmarks/run_transformer.sh BUILD_DIR PYTHON [--weights FILE]
# In the environment: ROUNDS (3), THREADS of the peers ("1 2"), ONLY (step, basis or look; none: all). PYTHON has
# benchmarks/peers/requirements.txt installed.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
if [ $# -lt 2 ]; then
  sed -n '2,6s/^# *//p' "$0" >&2
  exit 2
fi
build=$1 python=$2
shift 2
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

program() {  # NAME
  local found
  found=$(find "$build" -type f -name "$1" -perm -u+x -print -quit)
  if [ -z "$found" ]; then
    echo "run_transformer.sh: no executable $1 under $build" >&2
    echo "help: cmake --workflow --preset native" >&2
    exit 2
  fi
  echo "$found"
}

# bench_look and look_peers.py; the others are of transformer_PART.
of() {  # PREFIX PART SUFFIX
  if [ "$2" = look ]; then echo "$1look$3"; else echo "$1transformer_$2$3"; fi
}

peers() {  # THREADS PROGRAM ARGUMENTS
  env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE OMP_NUM_THREADS="$1" "$python" "$here/peers/$2" "${@:3}"
}

for part in ${ONLY:-step basis look}; do
  bench=$(program "$(of bench_ "$part" "")")
  "$bench" "$@" --rounds 1 --save "$out/$part.npz"
  peers 1 "$(of "" "$part" _peers.py)" "$out/$part.npz" --check
done
rounds=${ROUNDS:-3}
for ((i = 1; i <= rounds; i++)); do
  for part in ${ONLY:-step basis look}; do
    echo "round $i of $rounds, $part, load$(uptime | sed 's/.*average://')" >&2
    "$(program "$(of bench_ "$part" "")")" "$@" --json --rounds 1 >> "$out/$i.jsonl"
    for threads in ${THREADS:-1 2}; do
      peers "$threads" "$(of "" "$part" _peers.py)" "$out/$part.npz" --rounds 1 >> "$out/$i.jsonl"
    done
  done
done
echo "wall time"
"$python" "$here/peers/table.py" "$out"/[0-9]*.jsonl
echo "processor time"
"$python" "$here/peers/table.py" --cpu "$out"/[0-9]*.jsonl
