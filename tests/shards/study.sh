# For the tests of this folder: a small study, and what makes two runs of it equal.
set -euo pipefail
bin=$1
work=$(mktemp -d)
study=("$bin/degeneracy_training" --tasks blocks --widths 8 \
   --weight-decays 0 --seeds 10 --epochs 0,60 --rows 40 --quiet)

say() { printf '%s\n' "$*"; }
missing() { say "skipped: $1 is not installed; help: apt-get install $2"; exit 77; }

# Every file of the two runs but the manifest, byte for byte.
expect_equal() {
  diff --recursive --exclude manifest.json "$1" "$2" || { say "FAILED: $1 and $2 differ"; exit 1; }
}
