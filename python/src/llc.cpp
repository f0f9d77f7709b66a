// interp/llc/: learning coefficients, known and sampled; core/chains.h.
#include "interp/llc/estimate.h"

#include <pybind11/functional.h>

#include "interp/llc/learning_coefficient.h"
#include "interp/llc/network_coefficient.h"
#include "python/src/bind.h"

namespace basin::python {
namespace {

using namespace interp;

void bind_known(py::module_& m) {
  using L = LearningCoefficient;
  Record<L>(m, "LearningCoefficient", "interp/llc/learning_coefficient.h")
      .made()
      .field("lambda_", &L::lambda)
      .field("multiplicity", &L::multiplicity)
      .def(
          "__add__", [](const L& a, const L& b) { return a + b; }, py::is_operator())
      .def(
          "__eq__", [](const L& a, const L& b) { return a == b; }, py::is_operator());
  m.def("morse_bott", &morse_bott, "rank"_a);
  m.def("normal_crossing", &normal_crossing, "k"_a, "h"_a = py::list());
  m.def("homogeneous", &homogeneous, "powers"_a);
  m.def("reduced_rank_coefficient", &reduced_rank_coefficient, "N"_a, "H"_a, "M"_a, "r"_a);
  m.def("deep_linear_coefficient", &deep_linear_coefficient, "widths"_a, "r"_a);
  Record<FactorRanks>(m, "FactorRanks", "interp/llc/network_coefficient.h")
      .made()
      .field("first", &FactorRanks::first)
      .field("second", &FactorRanks::second)
      .field("product", &FactorRanks::product);
  m.def("local_linear_coefficient", &local_linear_coefficient, "N"_a, "H"_a, "M"_a, "ranks"_a);
  m.def("tanh_units_coefficient", &tanh_units_coefficient, "H"_a);
}

void bind_statistics(py::module_& basin) {
  using C = ChainMean;
  Record<C>(basin, "ChainMean", "core/chains.h")
      .field("mean", &C::mean)
      .field("within_error", &C::within_error)
      .field("between_error", &C::between_error)
      .field("error", &C::error)
      .field("lower", &C::lower)
      .field("upper", &C::upper)
      .field("iat", &C::iat)
      .field("ess", &C::ess)
      .field("r_hat", &C::r_hat);
  Record<BurnIn>(basin, "BurnIn", "core/chains.h").field("draws", &BurnIn::draws).field("settled", &BurnIn::settled);
  Record<Drift>(basin, "Drift", "core/chains.h")
      .field("difference", &Drift::difference)
      .field("z", &Drift::z)
      .def("drifts", &Drift::drifts);
  basin.def("chain_mean", &chain_mean, "traces"_a);
  basin.def("burn_in", &burn_in, "traces"_a);
  basin.def("drift", &drift, "traces"_a);
  basin.def(
      "fano_factor", [](const std::vector<double>& trace) { return fano_factor(trace); }, "trace"_a);
}

void bind_posterior(py::module_& m) {
  using P = LocalPosterior;
  Record<P>(m, "LocalPosterior", "The law that is sampled: interp/llc/local_posterior.h")
      .made()
      .field("model", &P::model)
      .field("data", &P::data)
      .field("n_beta", &P::n_beta)
      .field("gamma", &P::gamma)
      .field("free", &P::free)
      .field("prior_mean", &P::prior_mean)
      .def("validate", &P::validate)
      .def("moves", &P::moves, "name"_a)
      .def("dimension", &P::dimension);
  m.def("behavioural", &behavioural, "posterior"_a);
  py::enum_<SamplerKind>(m, "SamplerKind")
      .value("sgld", SamplerKind::sgld)
      .value("preconditioned_sgld", SamplerKind::preconditioned_sgld)
      .value("sgnht", SamplerKind::sgnht)
      .value("mala", SamplerKind::mala)
      .value("hmc", SamplerKind::hmc)
      .value("tempering", SamplerKind::tempering);
  using S = SamplerSpec;
  Record<S> sampler(m, "SamplerSpec", "How it is sampled: interp/llc/sampler_spec.h");
  sampler.made().field("kind", &S::kind).field("step", &S::step).field("leapfrogs", &S::leapfrogs);
  sampler.field("batch", &S::batch).field("share_batches", &S::share_batches).field("paired", &S::paired);
  sampler.field("control_variate", &S::control_variate).field("freeze", &S::freeze).field("friction", &S::friction);
  sampler.field("temperatures", &S::temperatures).field("hottest", &S::hottest);
  sampler.def("takes_batches", &S::takes_batches).def("copies", &S::copies).def("rejects", &S::rejects);
  m.def("sampler_from", &sampler_from, "name"_a);
  m.def("name_of", py::overload_cast<SamplerKind>(&name_of), "kind"_a);
  m.def("validate", py::overload_cast<const S&>(&validate), "sampler"_a);
}

void bind_chains(py::module_& m) {
  using S = ChainSpec;
  Record<S>(m, "ChainSpec", "interp/llc/chains.h")
      .made()
      .field("chains", &S::chains)
      .field("draws", &S::draws)
      .field("warm_up", &S::warm_up)
      .field("seed", &S::seed)
      .field("threads", &S::threads)
      .field("keep_every", &S::keep_every)
      .field("own", &S::own)
      .field("progress", &S::progress);
  using C = Chains;
  Record<C>(m, "Chains", "What chains saw: interp/llc/chains.h")
      .field("u", &C::u)
      .field("distance", &C::distance)
      .field("places", &C::places)
      .field("step", &C::step)
      .field("acceptance", &C::acceptance)
      .field("gradient_variance", &C::gradient_variance)
      .field("base_loss", &C::base_loss)
      .field("top_curvature", &C::top_curvature);
}

void bind_estimates(py::module_& m) {
  Record<Verdict>(m, "Verdict", "interp/llc/estimate.h")
      .field("name", &Verdict::name)
      .field("good", &Verdict::good)
      .field("value", &Verdict::value)
      .field("threshold", &Verdict::threshold)
      .field("text", &Verdict::text);
  using E = LlcEstimate;
  Record<E> estimate(m, "LlcEstimate", "interp/llc/estimate.h");
  estimate.field("n_beta", &E::n_beta).field("gamma", &E::gamma).field("lambda_", &E::lambda);
  estimate.field("burn_in", &E::burn_in).field("chains", &E::chains).field("diverged", &E::diverged);
  estimate.field("escaped", &E::escaped).field("fano", &E::fano).field("temperature", &E::temperature);
  estimate.field("drift", &E::drift).field("acceptance", &E::acceptance).field("verdicts", &E::verdicts);
  estimate.def("epsilon", &E::epsilon).def("healthy", &E::healthy);
  m.def(
      "chain_counts", [](const std::vector<double>& u) { return chain_counts(u); }, "u"_a);
  m.def("estimate_llc", released(&estimate_llc), "chains"_a, "posterior"_a, "sampler"_a);
  Record<Budget>(m, "Budget", "interp/llc/estimate.h")
      .made()
      .field("target", &Budget::target)
      .field("most", &Budget::most);
  Record<Sampled>(m, "Sampled", "interp/llc/estimate.h")
      .field("chains", &Sampled::chains)
      .field("estimate", &Sampled::estimate)
      .field("reached", &Sampled::reached);
}

template <class T>
py::class_<ChainRun<T>> bind_run_of(py::module_& m) {
  using R = ChainRun<T>;
  py::class_<R> run(m, name_for<T>("ChainRun").c_str(), "Chains that go on: interp/llc/chains.h");
  run.def(py::init([](const LocalPosterior& posterior, const SamplerSpec& sampler, const ChainSpec& spec) {
            return computing([&] { return std::make_unique<R>(posterior, sampler, spec); });
          }),
          "posterior"_a, "sampler"_a, "spec"_a)
      .def(
          "advance", [](R& own, std::int64_t draws) { computing([&] { own.advance(draws); }); }, "draws"_a)
      .def("draws", &R::draws)
      .def("chains", &R::chains)
      .def("gradient_variance", [](R& own) { return computing([&] { return own.gradient_variance(); }); })
      .def(
          "state",
          [](R& own, std::int64_t group) {
            std::vector<double> all = own.state(group);
            const Shape length{std::int64_t(all.size())};
            return Tensor<double>(length, std::move(all));
          },
          "group"_a)
      .def("groups", &R::groups)
      .def("restore", &R::restore, "group"_a, "state"_a);
  m.def(
      "sample_until",
      [](R& own, const LocalPosterior& posterior, const SamplerSpec& sampler, const ChainSpec& spec,
         const Budget& budget, const std::function<void()>& rest) {
        return computing([&] { return sample_until(own, posterior, sampler, spec, budget, rest); });
      },
      "run"_a, "posterior"_a, "sampler"_a, "spec"_a, "budget"_a, "rest"_a = py::none());
  return run;
}

Chains sample_as(const LocalPosterior& posterior, const SamplerSpec& sampler, const ChainSpec& spec,
                 const py::object& dtype) {
  const bool narrow = py::dtype::from_args(dtype).equal(py::dtype::of<float>());
  const auto draw = narrow ? &sample<float> : &sample<double>;
  return computing([&] { return draw(posterior, sampler, spec); });
}

}  // namespace

void bind_llc(py::module_& basin, py::module_& m) {
  bind_known(m);
  bind_statistics(basin);
  bind_posterior(m);
  bind_chains(m);
  bind_estimates(m);
  auto wide = bind_run_of<double>(m);
  by_number(wide, bind_run_of<float>(m));
  m.def("sample", &sample_as, "posterior"_a, "sampler"_a, "spec"_a, "dtype"_a = "float64");
}

}  // namespace basin::python
