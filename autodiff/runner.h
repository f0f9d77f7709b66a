// Runner: the programs of one model over one θ, one for each number of rows, traced and planned once. Of packs
// (core/pack.h) it runs the copies in the lanes of θ together.
#pragma once
#include <functional>
#include <memory>
#include <span>

#include "autodiff/model.h"
#include "autodiff/program.h"

namespace basin {

template <class T>
class Runner {
 public:
  // What to compute, said when a graph has been traced.
  using Wanted = std::function<ProgramSpec(Graph& graph, const Ends& ends)>;

  struct Batch {
    Graph graph;
    Ends ends;
    ProgramSpec spec;
    std::unique_ptr<Program<T>> program;
  };

  // The parameters must outlive the runner; every run reads them as they are then.
  Runner(Model model, const Parameters<T>& parameters, Wanted wanted);

  // The program for so many rows. Errors of tracing and planning; NameError or ShapeError if the model's parameters are
  // not those of θ.
  Batch& at(std::int64_t rows);

  // Feeds rows of the data and runs: those listed, in that order, or `count` from `first` on. Inputs that nothing
  // wanted needs are left out. After the first run with a number of rows nothing is allocated. NameError if the model
  // has no input of that name, ShapeError if the other axes differ or there is no such row.
  Batch& run(const Inputs& data, std::span<const std::int64_t> rows);
  Batch& run(const Inputs& data, std::int64_t first, std::int64_t count);

  // The same for rows of its own in each lane, of its own data: `data` and `rows` by lane, as many rows for all.
  using Rows = std::span<const std::int64_t>;
  Batch& run(std::span<const Inputs* const, lanes_of<T>> data, std::span<const Rows, lanes_of<T>> rows);

 private:
  Model model_;
  const Parameters<T>& parameters_;
  Wanted wanted_;
  std::vector<std::pair<std::int64_t, std::unique_ptr<Batch>>> batches_;
};

}  // namespace basin
