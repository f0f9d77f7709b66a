#include "core/share_rows.h"

#include <cstring>

#include "core/team.h"

namespace basin {
namespace {

// The bytes of some pieces' rows, one behind the other: copied out of the matrix, or into it.
void for_rows(Matrix& matrix, const std::vector<std::int64_t>& starts, const std::vector<std::int64_t>& pieces,
              const std::function<void(double* rows, std::size_t bytes)>& copy) {
  for (const std::int64_t i : pieces) {
    const bool last = i + 1 == std::ssize(starts);
    const std::int64_t first = starts[std::size_t(i)], end = last ? matrix.rows() : starts[std::size_t(i) + 1];
    copy(matrix.data.data() + first * matrix.cols(), std::size_t((end - first) * matrix.cols()) * sizeof(double));
  }
}

}  // namespace

void share_rows(Matrix& matrix, const std::vector<std::int64_t>& starts, const std::string& what,
                const std::function<void(const std::vector<std::int64_t>& pieces)>& compute) {
  Team* const team = team_here();
  const int ranks = team ? team->size() : 1;
  std::vector<std::vector<std::int64_t>> of_rank(static_cast<std::size_t>(ranks));
  for (std::int64_t i = 0; i < std::ssize(starts); ++i) of_rank[std::size_t(i % ranks)].push_back(i);
  if (!team) return compute(of_rank[0]);
  together(*team, what, [&] { compute(of_rank[std::size_t(team->rank())]); });
  for (int from = 0; from < ranks; ++from) {
    std::string bytes;
    if (from == team->rank())
      for_rows(matrix, starts, of_rank[std::size_t(from)],
               [&](const double* rows, std::size_t size) { bytes.append(reinterpret_cast<const char*>(rows), size); });
    team->broadcast(from, bytes);
    const char* at = bytes.data();
    for_rows(matrix, starts, of_rank[std::size_t(from)], [&](double* rows, std::size_t size) {
      if (size > 0) std::memcpy(rows, at, size);
      at += size;
    });
  }
}

}  // namespace basin
