// Which of a study's independent items this process computes: shard I of N takes items I, I + N, I + 2 N, … in their
// order, into RUN/shards/I-of-N/. `merge RUN` makes one run of all N.
#pragma once
#include <cstdint>
#include <string>

namespace basin::experiments {

struct Shard {
  std::int64_t number = 1, count = 1;
  bool merging = false;     // everything is there, nothing is computed
  bool from_array = false;  // nobody asked for it by name

  bool is_part() const { return count > 1; }
  bool takes(std::int64_t item) const { return item % count == number - 1; }  // items from 0
  std::string name() const;                                                   // "3-of-8"
};

// "3/8"; "merge"; or "auto": what a Slurm job array says (SLURM_ARRAY_TASK_ID, _COUNT, _MIN and _STEP), or else 1/1.
// UsageError for other texts, and for an array with gaps, as of a few tasks that are sent again: those are other
// shards.
Shard shard_from(const std::string& text);

// "3-of-8" back into 3 and 8. DataError for another name.
Shard shard_named(const std::string& name);

}  // namespace basin::experiments
