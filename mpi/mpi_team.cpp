// The team of one mpirun, as a plugin of core/team.h: the only file that knows MPI.
#include <mpi.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <thread>

#include "core/team.h"

namespace basin {
namespace {

constexpr int tag = 0;

// Errors of MPI end the job with MPI's own words, as its standard has it.
class MpiTeam final : public Team {
 public:
  explicit MpiTeam(std::size_t largest_message) : largest_(largest_message) {
    int given = 0;
    MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &given);
    MPI_Comm_dup(MPI_COMM_WORLD, &ends_);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
    MPI_Comm_size(MPI_COMM_WORLD, &size_);
  }

  int rank() const override { return rank_; }
  int size() const override { return size_; }

  void send(int to, const std::string& bytes) override {
    const std::uint64_t length = bytes.size();
    MPI_Send(&length, 1, MPI_UINT64_T, to, tag, MPI_COMM_WORLD);
    in_pieces(length, [&](std::size_t at, int count) {
      MPI_Send(bytes.data() + at, count, MPI_BYTE, to, tag, MPI_COMM_WORLD);
    });
  }

  std::string receive(int from) override {
    std::uint64_t length = 0;
    MPI_Recv(&length, 1, MPI_UINT64_T, from, tag, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    std::string bytes(length, '\0');
    in_pieces(length, [&](std::size_t at, int count) {
      MPI_Recv(bytes.data() + at, count, MPI_BYTE, from, tag, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    });
    return bytes;
  }

  void broadcast(int from, std::string& bytes) override {
    std::uint64_t length = bytes.size();
    MPI_Bcast(&length, 1, MPI_UINT64_T, from, MPI_COMM_WORLD);
    bytes.resize(length);
    in_pieces(length,
              [&](std::size_t at, int count) { MPI_Bcast(bytes.data() + at, count, MPI_BYTE, from, MPI_COMM_WORLD); });
  }

  // On a communicator of its own: others may be waiting in a call on the first, for ever.
  bool all_end(double seconds) override {
    MPI_Request request;
    MPI_Ibarrier(ends_, &request);
    const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
    for (int done = 0;;) {
      MPI_Test(&request, &done, MPI_STATUS_IGNORE);
      if (done || std::chrono::steady_clock::now() > end) return done;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

  void leave() override { MPI_Finalize(); }

  [[noreturn]] void end_all(int code) override {
    MPI_Abort(MPI_COMM_WORLD, code);
    std::abort();
  }

 private:
  template <class Move>
  void in_pieces(std::size_t length, const Move& move) const {
    for (std::size_t at = 0; at < length; at += largest_) move(at, int(std::min(largest_, length - at)));
  }

  std::size_t largest_;
  MPI_Comm ends_ = MPI_COMM_NULL;
  int rank_ = 0, size_ = 1;
};

}  // namespace
}  // namespace basin

extern "C" basin::Team* basin_team(std::size_t largest_message) { return new basin::MpiTeam(largest_message); }
