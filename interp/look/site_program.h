// One program for many sites of a model: the metric as it is, in the run that numbers are taken from, and with each
// site in turn replaced. Patching and ablation read their answers from its sums (docs/theory.md §5.9).
//
// Sites of one value are copies of it, [sites, rows, …] (autodiff/lift.h): what lies behind the value is computed for
// each copy, what lies before it once for all. Copies that are mixtures of two runs cost less still
// (interp/look/mixed_runs.h).
#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "interp/look/metric.h"
#include "interp/sweep/sweep.h"

namespace basin::interp {

// Means over rows of a quantity for each site, with standard errors, as patching and ablation state them.
struct MeanAndError {
  double mean = 0, error = 0;  // error: NaN with one row
};

// Sums over rows, for each site, of d = metric with the site replaced - metric as it is, beside D, the same with the
// whole run replaced.
struct SiteSums {
  std::int64_t rows = 0;
  double base = 0, base2 = 0, source = 0, source2 = 0, D = 0, D2 = 0;
  std::vector<double> d{}, d2{}, dD{};

  explicit SiteSums(std::size_t sites = 0) : d(sites), d2(sites), dD(sites) {}
  void merge(const SiteSums& other);
  template <class Each>
  void fields(Each& each) {
    each(rows, base, base2, source, source2, D, D2, d, d2, dD);
  }
  void append(const SiteSums& more);  // of more sites, over the same rows

  MeanAndError base_mean() const;
  MeanAndError source_mean() const;
  MeanAndError change(std::size_t site) const;  // of d
  // Of d / D as the ratio of means, its error by linearisation. NaN where the mean of D is 0.
  MeanAndError share(std::size_t site) const;
};

// What is put in a site's place: the value in another run, row by row, or what `numbers` holds by the value's name,
// broadcast to the value (nothing: zeros).
enum class SiteSource { other_run, numbers };
using NumbersByName = std::map<std::string, Tensor<double>, std::less<>>;

struct SiteProgramSpec {
  std::vector<Site> sites{};
  Metric metric{};
  SiteSource source = SiteSource::other_run;
  NumbersByName numbers{};
  SweepOptions sweep{};
  std::int64_t copies = 0;  // of one value in one program; more sites have programs of their own. 0: all in one
  // Where there are receivers, only what reaches the metric through them counts (interp/look/path_patching.h).
  std::vector<Site> receivers{};
  std::vector<std::string> frozen{};
};

// Who computes the programs of a SiteProgram, which are independent: `part(i)` for each i below `parts`, in any order
// and anywhere, say from a file. Empty: one after the other, here.
using PartsRunner =
    std::function<std::vector<SiteSums>(std::int64_t parts, const std::function<SiteSums(std::int64_t part)>& part)>;

class SiteProgram {
 public:
  // Errors of placed and of metric_of; UsageError without sites; NameError for a site that the metric does not depend
  // on.
  SiteProgram(const ModelPoint& model, const SiteProgramSpec& spec);
  SiteProgram(SiteProgram&&) noexcept = default;
  ~SiteProgram();

  // `base` is run with its sites replaced by values of the run of `source`, which has as many rows. The model's label
  // input is fed from `labels`, in both runs, and that of the metric's other class from `others`; either may be absent
  // if nothing needs it. Errors of sweep; DataError for other numbers of rows.
  SiteSums run(const Inputs& base, const Inputs& source, const Tensor<double>* labels, const Tensor<double>* others,
               const PartsRunner& runner = {});

  // What the programs of one thread compute for one chunk of rows: all their values, in bytes. Memory that is used
  // again makes them need less.
  std::int64_t bytes() const;

 private:
  struct Part;
  std::vector<std::unique_ptr<Part>> parts_;
  std::int64_t bytes_ = 0;
};

// Whether y is computed of x.
bool depends_on(const Graph& graph, Var y, Var x);

// The inputs of a traced model that are none of its parameters, in order.
std::vector<Var> data_inputs(Graph& graph, const std::vector<std::string>& parameters);
std::vector<std::string> parameter_names(const ModelPoint& model);

}  // namespace basin::interp
