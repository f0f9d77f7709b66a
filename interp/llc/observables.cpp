#include "interp/llc/observables.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "autodiff/lift.h"
#include "autodiff/ops.h"
#include "core/chains.h"
#include "core/matrix.h"
#include "core/parallel.h"
#include "interp/llc/estimate.h"
#include "interp/llc/row_losses.h"

namespace basin::interp {
namespace {

std::int64_t rows_of_run(const LocalPosterior& posterior) {
  return posterior.data.empty() ? 1 : rows_of(posterior.data, "observe");
}

// Places that one run serves: so many that their values stay in the caches. Threads have no say in it.
std::int64_t places_at_once(std::int64_t rows) { return std::clamp<std::int64_t>(4096 / rows, 1, 64); }

// The observables on all data, lifted over copies of the parameters that move.
class PlaceProgram {
 public:
  PlaceProgram(const LocalPosterior& posterior, const std::vector<Observable>& observables, std::int64_t copies)
      : copies_(copies) {
    const Ends ends = posterior.model.trace(graph_, rows_of_run(posterior));
    std::vector<Var> own, inputs, lifted;
    for (const Observable& o : observables) own.push_back(o.value(graph_, ends));
    for (const auto& slice : posterior.model.parameters.slices()) {
      if (!posterior.moves(slice.name)) continue;
      inputs.push_back(graph_[slice.name]);
      lifted.push_back(graph_.input("places/" + slice.name, Shape{copies} + slice.shape));
    }
    values_ = lift(own, inputs, lifted);
    program_ = std::make_unique<Program<double>>(graph_, ProgramSpec{.fetch = values_, .memory = Memory::reuse},
                                                 posterior.model.parameters.bindings(graph_));
    for (const Var input : lifted)
      slices_.push_back(
          {program_->has(input) ? program_->input(input) : std::span<double>{}, input.shape().numel() / copies});
    for (const auto& [name, values] : posterior.data)
      if (program_->has(graph_[name])) program_->feed(name, values.data);
  }

  // At the places from `first` on. Copies beyond the last stand there too.
  void run(const Matrix& w, std::int64_t first) {
    for (std::int64_t c = 0; c < copies_; ++c) {
      const double* from = w.row(std::min(first + c, w.rows() - 1)).data();
      for (const Slice& slice : slices_) {
        if (!slice.to.empty()) std::copy_n(from, slice.size, slice.to.data() + c * slice.size);
        from += slice.size;
      }
    }
    program_->run();
  }

  const std::vector<Var>& values() const { return values_; }
  std::span<const double> view(std::size_t value) const { return program_->view(values_[value]); }

 private:
  struct Slice {
    std::span<double> to;  // [copies, size]; empty where no observable reads it
    std::int64_t size;
  };

  std::int64_t copies_;
  Graph graph_;
  std::vector<Var> values_;
  std::unique_ptr<Program<double>> program_;
  std::vector<Slice> slices_;
};

void require_places(const LocalPosterior& posterior, const Places& places) {
  const std::int64_t wanted = posterior.dimension();
  if (places.chains < 1 || places.w.rows() < 1 || places.w.rows() % places.chains || places.w.cols() != wanted)
    throw ShapeError(
        fmt::format("observe: places {} of {} chains given, wanted as many of each chain and {} numbers for "
                    "each",
                    places.w.shape.str(), places.chains, wanted));
}

std::vector<Tensor<double>> room(const Places& places, const std::vector<Var>& values) {
  std::vector<Tensor<double>> results;
  for (const Var v : values)
    results.emplace_back(Shape{places.chains, places.kept()} + v.shape().last(v.shape().rank() - 1));
  return results;
}

}  // namespace

Observable named_value(const std::string& name) {
  return {name, [name](Graph& graph, const Ends&) { return graph[name]; }};
}

Observable mean_loss() {
  return {"loss", [](Graph&, const Ends& ends) {
            if (!ends.loss) throw UsageError("observe: the model has no loss");
            return mean(ends.loss);
          }};
}

Observable mean_loss_of(std::string name, const std::vector<std::int64_t>& rows) {
  return {std::move(name), [rows](Graph& graph, const Ends& ends) {
            const Var losses = loss_by_row(ends);
            Tensor<double> share(losses.shape());
            for (const std::int64_t row : rows) {
              if (row < 0 || row >= share.size())
                throw UsageError(fmt::format("observe: row {} given, wanted 0 to {}", row, share.size() - 1));
              share[row] += 1 / double(rows.size());
            }
            return sum(losses * graph.constant(std::move(share)));
          }};
}

Observable row_losses() {
  return {"row losses", [](Graph&, const Ends& ends) { return loss_by_row(ends); }};
}

Places counted_places(const Chains& chains) {
  const std::int64_t all = chains.u.rows(), kept = all > 0 ? chains.places.rows() / all : 0;
  if (kept < 1)
    throw UsageError(
        fmt::format("places of chains: none were kept of {} chains of {} draws; help: sample with keep_every", all,
                    chains.u.cols()));
  std::vector<std::int64_t> counted;
  for (std::int64_t c = 0; c < all; ++c)
    if (chain_counts(chains.u.row(c))) counted.push_back(c);
  if (counted.empty())
    throw NumericalError(fmt::format(
        "places of chains: all of {} chains diverged or escaped; help: start at a minimum, or sample with a "
        "shorter step or a larger gamma",
        all));
  const std::int64_t cut = burn_in(rows_at(chains.u, counted)).draws, draws = chains.u.cols();
  const std::int64_t first = (cut * kept + draws - 1) / draws;  // of the places: as large a share, rounded up
  Places places{std::ssize(counted), Matrix({0, chains.places.cols()})};
  for (const std::int64_t c : counted) {
    const Matrix own = rows_of(chains.places, c * kept + first, kept - first);
    places.w.data.insert(places.w.data.end(), own.data.begin(), own.data.end());
    places.w.shape[0] += own.rows();
  }
  return places;
}

std::vector<Tensor<double>> observe(const LocalPosterior& posterior, const Places& places,
                                    const std::vector<Observable>& observables, int threads) {
  posterior.validate();
  require_places(posterior, places);
  if (observables.empty()) return {};
  const std::int64_t total = places.w.rows(), block = std::min(total, places_at_once(rows_of_run(posterior)));
  std::vector<std::unique_ptr<PlaceProgram>> programs(std::size_t(std::max(threads, 1)));
  programs[0] = std::make_unique<PlaceProgram>(posterior, observables, block);
  std::vector<Tensor<double>> results = room(places, programs[0]->values());
  parallel_for(threads, (total + block - 1) / block, [&](std::int64_t b, int worker) {
    auto& program = programs[std::size_t(worker)];
    if (!program) program = std::make_unique<PlaceProgram>(posterior, observables, block);
    const std::int64_t first = b * block, count = std::min(block, total - first);
    program->run(places.w, first);
    for (std::size_t o = 0; o < results.size(); ++o) {
      const std::int64_t size = results[o].size() / total;
      std::copy_n(program->view(o).begin(), count * size, results[o].data.begin() + first * size);
    }
  });
  return results;
}

}  // namespace basin::interp
