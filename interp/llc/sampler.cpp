#include "interp/llc/sampler.h"

#include "interp/llc/hamiltonian.h"
#include "interp/llc/langevin.h"
#include "interp/llc/thermostat.h"

namespace basin::interp {

namespace {

// One generator for each chain of the energy: "chain/3/noise".
std::vector<Rng> streams_of(const GroupOf& chains, std::int64_t copies, std::string_view name) {
  std::vector<Rng> streams;
  for (std::int64_t c = 0; c < chains.count * copies; ++c)
    streams.push_back(Rng(chains.seed, "chain").stream(std::to_string(chains.first * copies + c)).stream(name));
  return streams;
}

}  // namespace

template <class T>
Sampler<T>::Sampler(const LocalPosterior& posterior, const SamplerSpec& sampler, const GroupOf& chains,
                    std::int64_t copies)
    : sampler_(sampler),
      energy_(posterior, sampler, {chains.first * copies, chains.count * copies, chains.seed}),
      noise_(energy_.layout(), streams_of(chains, copies, "noise")),
      choice_(streams_of(chains, copies, "choice")),
      u_(chains.count),
      distances_(chains.count) {}

template <class T>
void Sampler<T>::position(std::int64_t chain, std::span<double> out) const {
  energy_.layout().for_chain(chain,
                             [&](std::size_t at, std::size_t own) { out[own] = double(energy_.positions()[at]); });
}

template <class T>
void Sampler<T>::visit(ChainState& state) {
  energy_.visit(state);
  noise_.visit(state);
  for (Rng& rng : choice_) state.visit(rng);
}

template <class T>
std::unique_ptr<Sampler<T>> make_sampler(const LocalPosterior& posterior, const SamplerSpec& sampler,
                                         const GroupOf& chains, double stiffness) {
  switch (sampler.kind) {
    case SamplerKind::sgld:
    case SamplerKind::preconditioned_sgld: return std::make_unique<Langevin<T>>(posterior, sampler, chains, stiffness);
    case SamplerKind::sgnht: return std::make_unique<Thermostat<T>>(posterior, sampler, chains, stiffness);
    case SamplerKind::tempering: return std::make_unique<Tempering<T>>(posterior, sampler, chains, stiffness);
    default: return std::make_unique<Hamiltonian<T>>(posterior, sampler, chains, stiffness);
  }
}

template class Sampler<float>;
template class Sampler<double>;
template std::unique_ptr<Sampler<float>> make_sampler(const LocalPosterior&, const SamplerSpec&, const GroupOf&,
                                                      double);
template std::unique_ptr<Sampler<double>> make_sampler(const LocalPosterior&, const SamplerSpec&, const GroupOf&,
                                                       double);

}  // namespace basin::interp
