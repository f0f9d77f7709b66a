// What mpirun's processes do together, as a program that the tests start. Its first word is what to try:
//   bytes   messages longer than the plugin's limit        sweeps  sweeps against the same sweeps of one process
//   errors  errors of one rank and of rank 0 alone         apart   processes that do different things
//   alone   rank 1 throws while rank 0 waits               all     every rank throws the same
//   signal  rank 1 gets SIGTERM in a sweep
// Prints "ok" where nothing is thrown to the end.
#include <dlfcn.h>
#include <fmt/format.h>

#include <csignal>
#include <cstdlib>

#include "autodiff/ops.h"
#include "core/file.h"
#include "core/parallel.h"
#include "core/rng.h"
#include "core/streaming_qr.h"
#include "experiments/cli/main.h"
#include "interp/sweep/sweep.h"

using namespace basin;
using namespace basin::interp;

namespace {

void require(bool holds, const std::string& what) {
  if (!holds) throw Error("team_program: wrong: " + what);
}

template <class Kind>
void require_thrown(const std::string& text, const std::function<void()>& work) {
  try {
    work();
  } catch (const Kind& e) {
    return require(std::string(e.what()).find(text) != std::string::npos, e.what());
  }
  require(false, "nothing was thrown, wanted " + text);
}

// Messages of at most 1000 bytes each, so that longer ones go in pieces.
void join_in_pieces(const char* plugin) {
  void* const library = dlopen(plugin, RTLD_NOW | RTLD_GLOBAL);
  require(library != nullptr, "the plugin cannot be loaded");
  auto* const make = reinterpret_cast<Team* (*)(std::size_t)>(dlsym(library, "basin_team"));
  join_team(std::unique_ptr<Team>(make(1000)));
}

std::string random_bytes(std::size_t size, int seed) {
  Rng rng(std::uint64_t(seed), "bytes");
  std::string bytes(size, '\0');
  for (char& c : bytes) c = char(rng.uniform() * 256);
  return bytes;
}

void try_bytes() {
  Team& t = *team();
  for (const std::size_t size : {0, 1, 999, 1000, 1001, 123456}) {
    for (int from = 0; from < t.size(); ++from) {
      std::string bytes = t.rank() == from ? random_bytes(size, from) : "something else";
      t.broadcast(from, bytes);
      require(bytes == random_bytes(size, from), fmt::format("a broadcast of {} bytes from {}", size, from));
    }
    if (t.rank() > 0)
      require(t.receive(t.rank() - 1) == random_bytes(size, t.rank() - 1), fmt::format("a message of {} bytes", size));
    if (t.rank() + 1 < t.size()) t.send(t.rank() + 1, random_bytes(size, t.rank()));
  }
  const std::vector<std::string> all = gathered(t, std::to_string(t.rank()));
  for (int rank = 0; rank < t.size(); ++rank) require(all[std::size_t(rank)] == std::to_string(rank), "gathered");
}

struct Sums {
  StreamingQr qr;
  Matrix total{Shape{1, 3}};
  std::vector<bool> signs{};

  void add(const Chunk& chunk) {
    const Matrix rows = chunk.table(0);
    qr.append(rows);
    for (std::int64_t i = 0; i < rows.size(); ++i) total[i % 3] += rows[i], signs.push_back(rows[i] > 0);
  }
  void merge(const Sums& other) {
    qr.merge(other.qr);
    for (std::int64_t i = 0; i < 3; ++i) total[i] += other.total[i];
    signs.insert(signs.end(), other.signs.begin(), other.signs.end());
  }
  template <class Each>
  void fields(Each& each) {
    each(qr, total, signs);
  }
};

ModelPoint model() {
  const auto trace = [](Graph& g, std::int64_t rows) {
    return Ends{g.name(tanh(matmul(g.input("x", {rows, 4}), g.parameter("W", {4, 3}))), "out"), {}};
  };
  Matrix W({4, 3});
  Rng rng(1, "W");
  for (double& w : W.data) w = rng.uniform() - 0.5;
  return {{trace}, parameters_from({{"W", W}})};
}

Inputs data(std::int64_t rows) {
  Matrix x({rows, 4});
  Rng rng(2, "x");
  for (double& v : x.data) v = rng.uniform() * 4 - 2;
  return {{"x", x}};
}

struct Found {
  Matrix r, total, outputs;
  std::vector<bool> signs;
  bool operator==(const Found& o) const {
    return r.data == o.r.data && total.data == o.total.data && outputs.data == o.outputs.data && signs == o.signs;
  }
};

Found found(std::int64_t rows, const SweepOptions& options) {
  const Inputs inputs = data(rows);
  const Sums sums = sweep_reduce(model(), inputs, {.fetch = {"out"}}, options, Sums{StreamingQr(3)},
                                 [](Sums& part, const Chunk& chunk) { part.add(chunk); });
  Found f{sums.qr.r(), sums.total, Matrix({rows, 3}), sums.signs};
  std::int64_t next = 0;
  sweep(model(), inputs, {.fetch = {"out"}}, options, [&](const Chunk& chunk) {
    if (options.threads == 1) require(chunk.first == next, "chunks out of order");
    next += chunk.rows;
    std::ranges::copy(chunk.values[0], f.outputs.row(chunk.first).begin());
  });
  return f;
}

void try_sweeps() {
  for (const std::int64_t rows : {1, 5, 57, 3000})
    for (const std::int64_t blocks : {1, 2, 16})
      for (const int threads : {1, 2}) {
        const SweepOptions options{.chunk = 4, .blocks = blocks, .threads = threads};
        Found alone;
        parallel_for(1, 1, [&](std::int64_t, int) { alone = found(rows, options); });  // where nothing is shared out
        require(found(rows, options) == alone, fmt::format("{} rows, {} blocks, {} threads", rows, blocks, threads));
      }
}

void try_errors() {
  for (const std::int64_t bad : {0, 20, 39}) {
    Inputs inputs = data(40);
    inputs["x"](bad, 0) = NAN;
    const SweepOptions options{.chunk = 4};
    for (const bool reduce : {false, true})
      require_thrown<NumericalError>("", [&] {
        if (!reduce) return sweep(model(), inputs, {.fetch = {"out"}}, options, [](const Chunk&) {});
        sweep_reduce(model(), inputs, {.fetch = {"out"}}, options, Sums{StreamingQr(3)},
                     [](Sums& part, const Chunk& chunk) { part.add(chunk); });
      });
  }
  int called = 0;
  require_thrown<StorageError>("the disk is full", [&] {
    first_only([&] {
      ++called;
      throw StorageError("the disk is full");
    });
  });
  require(called == (team()->rank() == 0), "first_only");
  require_thrown<DataError>("of 1", [] {
    together(*team(), "work", [] {
      if (team()->rank() > 0) throw DataError(fmt::format("of {}", team()->rank()));
    });
  });
}

int body(const experiments::Options& o) {
  const std::string& what = o.text("what");
  const int rank = team() ? team()->rank() : 0;
  if (what == "bytes") try_bytes();
  if (what == "sweeps") try_sweeps();
  if (what == "errors") try_errors();
  if (what == "apart") found(rank == 0 ? 40 : 41, {.chunk = 4});
  if (what == "alone") {
    if (rank == 1) throw DataError("only here");
    write_atomically(o.text("file"), "never");
  }
  if (what == "all") throw UsageError("everywhere");
  if (what == "signal") {
    if (rank == 1) std::raise(SIGTERM);
    found(40, {.chunk = 4});
  }
  fmt::print("ok\n");
  return 0;
}

experiments::Options declare() {
  experiments::Options o("team_program", "tries what processes do together", {});
  o.add_string("what", "", "what to try");
  o.add_string("file", "", "a file to write");
  return o;
}

}  // namespace

int main(int argc, char** argv) {
  if (const char* plugin = std::getenv("BASIN_TEST_PIECES")) {
    join_in_pieces(plugin);
    try_bytes();
    team()->leave();
    return 0;
  }
  return experiments::run_main(argc, argv, declare, body);
}
