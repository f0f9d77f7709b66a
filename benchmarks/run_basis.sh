#!/usr/bin/env bash
# Compares bench_basis with its peers: results on 2,000 rows, then times in alternating rounds. Installs nothing.
#   benchmarks/run_basis.sh BUILD_DIR PYTHON [--weights FILE] [--data-dir FOLDER]
# In the environment: ROUNDS (3), OMP_NUM_THREADS of the peers (2), and LIMIT (300), seconds above which a peer is
# measured on a tenth of the rows. PYTHON has benchmarks/peers/requirements.txt installed.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
if [ $# -lt 2 ]; then
  sed -n '2,5s/^# *//p' "$0" >&2
  exit 2
fi
bench=$(find "$1" -type f -name bench_basis -perm -u+x -print -quit)
if [ -z "$bench" ]; then
  echo "run_basis.sh: no executable bench_basis under $1" >&2
  echo "help: cmake --workflow --preset native" >&2
  exit 2
fi
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
python=$2
peers=(env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE "$python" "$here/peers/basis_peers.py")
shift 2
"$bench" "$@" --rows 2000 --test-rows 0 --rounds 1 --save "$out/check.npz" > "$out/ignored"
"${peers[@]}" "$out/check.npz" --check
"$bench" "$@" --test-rows 0 --rounds 1 --save "$out/rows.npz"
rounds=${ROUNDS:-3}
for ((i = 1; i <= rounds; i++)); do
  echo "round $i of $rounds, load$(uptime | sed 's/.*average://')" >&2
  "$bench" "$@" --json --rounds 1 > "$out/$i.jsonl"
  "${peers[@]}" "$out/rows.npz" --limit "${LIMIT:-300}" >> "$out/$i.jsonl"
done
echo "wall time"
"$python" "$here/peers/table.py" "$out"/[0-9]*.jsonl
echo "processor time"
"$python" "$here/peers/table.py" --cpu "$out"/[0-9]*.jsonl
