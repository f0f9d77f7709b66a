#!/usr/bin/env bash
# Fuzzes the reader of every format for so many seconds, as many at a time as there are processors:
#   scripts/fuzz.sh 600              all        scripts/fuzz.sh 60 npy csv
# What a reader must not do is in tests/fuzz/target.h. An input that is a finding is kept in tests/fuzz/corpus/FORMAT,
# which the test fuzz.FORMAT reads from then on; inputs that reached new code stay in build/fuzz/corpus for next time.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
jobs=${BASIN_JOBS:-$(nproc)}
seconds=${1:?help: scripts/fuzz.sh SECONDS [FORMAT...]}
shift

scripts/bootstrap.sh packages_fuzz.txt
cmake --preset fuzz
cmake --build --preset fuzz --parallel "$jobs"
formats=("$@")
if ((${#formats[@]} == 0)); then
  for program in build/fuzz/bin/fuzz_*; do formats+=("${program##*/fuzz_}"); done
fi

# An input is at most 4 KB, one allocation at most 128 MB: what a file announces must not be believed.
fuzz() {
  local format=$1 kept=tests/fuzz/corpus/$1 new=build/fuzz/corpus/$1 log=build/fuzz/$1.log words dictionary=()
  case $format in graph_json | figure | manifest | metrics) words=json ;; *) words=$format ;; esac
  [[ -f tests/fuzz/dictionaries/$words ]] && dictionary=(-dict="tests/fuzz/dictionaries/$words")
  mkdir -p "$new"
  if TMPDIR=/dev/shm UBSAN_OPTIONS=print_stacktrace=1 build/fuzz/bin/fuzz_"$format" -max_total_time="$seconds" \
    -max_len=4096 -timeout=10 -rss_limit_mb=1024 -malloc_limit_mb=128 -verbosity=1 -print_final_stats=1 \
    ${dictionary[@]+"${dictionary[@]}"} -artifact_prefix="$kept/found-" "$new" "$kept" >"$log" 2>&1; then
    printf 'fuzz: %s: no finding in %s inputs\n' "$format" \
      "$(sed -n 's/stat::number_of_executed_units: *//p' "$log")"
  else
    grep -v '^#' "$log" | tail -40
    printf 'fuzz: %s: a finding, see above and %s\n' "$format" "$log"
    return 1
  fi
}
export -f fuzz
export seconds
printf '%s\n' "${formats[@]}" | xargs --max-procs="$jobs" -I{} bash -c 'fuzz {}'
