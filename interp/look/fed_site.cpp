#include "interp/look/fed_site.h"

#include <numeric>

namespace basin::interp {
namespace {

// A traced model and one program of it for all rows.
class FedRun {
 public:
  FedRun(const ModelPoint& model, const PatchData& data, const Site& site, const Metric& metric)
      : model_(model), data_(data), rows_(rows_of(data.clean, "patching")) {
    const Ends ends = model.trace(graph_, rows_);
    at_ = placed(graph_, site, rows_);
    metric_ = metric_of(graph_, ends, metric, rows_);
  }

  double mean() {
    std::vector<double> value = value_in(data_.corrupt);
    const std::vector<double> clean = value_in(data_.clean);
    for (std::size_t i = 0; i < value.size(); ++i)
      if (inside(std::int64_t(i))) value[i] = clean[i];
    Program<double> behind(graph_, {.fetch = {metric_}, .feed = {at_.value}}, model_.parameters.bindings(graph_));
    feed(behind, data_.corrupt);
    behind.feed(at_.value, value);
    behind.run();
    const auto numbers = behind.view(metric_);
    return std::accumulate(numbers.begin(), numbers.end(), 0.0) / double(rows_);
  }

 private:
  bool inside(std::int64_t place) const {
    const Shape& shape = at_.value.shape();
    for (int axis = shape.rank() - 1; axis >= 1; --axis) {
      const auto& [begin, end] = at_.ranges[std::size_t(axis - 1)];
      if (place % shape[axis] < begin || place % shape[axis] >= end) return false;
      place /= shape[axis];
    }
    return true;
  }

  void feed(Program<double>& program, const Inputs& data) {
    for (const Var x : data_inputs(graph_)) {
      if (!program.has(x) || x == at_.value) continue;
      const std::string name = graph_.name_of(x.id);
      const Inputs& from = name == label_input ? data_.clean : data;
      program.feed(x, name == other_label_input ? data_.corrupt.at(label_input).data : from.at(name).data);
    }
  }

  std::vector<double> value_in(const Inputs& data) {
    Program<double> program(graph_, {.fetch = {at_.value}}, model_.parameters.bindings(graph_));
    for (const Var x : data_inputs(graph_))
      if (program.has(x)) program.feed(x, data.at(graph_.name_of(x.id)).data);
    program.run();
    const auto numbers = program.view(at_.value);
    return {numbers.begin(), numbers.end()};
  }

  const ModelPoint& model_;
  const PatchData& data_;
  std::int64_t rows_;
  Graph graph_;
  PlacedSite at_;
  Var metric_;
};

}  // namespace

double fed_metric(const ModelPoint& model, const PatchData& data, const Site& site, const Metric& metric) {
  return FedRun(model, data, site, metric).mean();
}

}  // namespace basin::interp
