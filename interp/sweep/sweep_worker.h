// The programs of one thread of a sweep, in the precision that was asked for.
#pragma once
#include "interp/sweep/sweep.h"

namespace basin::interp {

class SweepWorker {
 public:
  virtual ~SweepWorker() = default;
  virtual void read_parameters() = 0;  // as they are now
  // Runs the rows that `chunk` names and says what they hold.
  virtual Chunk run(const Inputs& inputs, Chunk chunk) = 0;
};

// Model and spec must outlive it.
std::unique_ptr<SweepWorker> sweep_worker(const ModelPoint& model, const SweepSpec& spec, Precision precision);

}  // namespace basin::interp
