#!/usr/bin/env bash
# Shards by GNU parallel, as docs/scale.md says, against one process: parallel.sh FOLDER_OF_PROGRAMS
. "$(dirname "${BASH_SOURCE[0]}")/study.sh"
trap 'rm -rf "$work"' EXIT
command -v parallel >/dev/null || missing "GNU parallel" parallel
cd "$work"

"${study[@]}" --out whole >whole.log
parallel --will-cite --halt soon,fail=1 --jobs 2 --retries 3 \
  "${study[@]}" --threads 1 --out parts --shard {}/4 ::: 1 2 3 4 >parts.log
"$bin/merge" parts --quiet
sed -i 's/^threads = .*/threads = 0/' parts/config.toml
expect_equal whole parts
say "4 shards by GNU parallel, merged, are the run of one process"
