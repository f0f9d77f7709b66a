// All networks of a study of training, side by side.
#pragma once
#include "core/parallel.h"
#include "experiments/training/training_study.h"

namespace basin::experiments {

inline std::vector<StudyPoint> all_points(const StudySpec& spec, int threads) {
  const std::vector<StudyJob> jobs = study_jobs(spec);
  std::vector<StudyPoint> points;
  for (const auto& part :
       parallel_results(threads, std::ssize(jobs), [&](std::int64_t i) { return study_job(jobs[std::size_t(i)]); }))
    points.insert(points.end(), part.begin(), part.end());
  return points;
}

}  // namespace basin::experiments
