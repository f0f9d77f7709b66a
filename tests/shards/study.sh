# For the tests of this folder: a small study, and what makes two runs of it equal.
set -euo pipefail
bin=$1
work=$(mktemp -d)
study=("$bin/degeneracy_training" --tasks blocks --widths 8 \
   --weight-decays 0 --seeds 10 --epochs 0,60 --rows 40 --quiet)

say() { printf '%s\n' "$*"; }
# Not tested here, which is a failure where BASIN_NOTHING_SKIPPED is 1, as in CI.
skip() { say "skipped: $1"; exit $((${BASIN_NOTHING_SKIPPED:-0} ? 1 : 77)); }
missing() { skip "$1 is not installed; help: apt-get install $2"; }

# Every file of the two runs but the manifest, byte for byte.
expect_equal() {
  diff --recursive --exclude manifest.json "$1" "$2" || { say "FAILED: $1 and $2 differ"; exit 1; }
}
