// What the degeneracy executable says on the terminal: experiments/degeneracy/report.md, filled in.
#pragma once
#include <string>

#include "interp/degeneracy/attention.h"
#include "interp/degeneracy/degeneracy_details.h"
#include "interp/degeneracy/model_degeneracy.h"
#include "interp/degeneracy/scaled_degeneracy.h"

namespace basin::experiments {

// `what` names the network.
std::string degeneracy_text(const interp::DegeneracyReport& report, const interp::DegeneracyDetails& details,
                            const std::string& what);
std::string attention_text(const interp::AttentionDegeneracy& found, const std::string& what);
std::string model_text(const interp::ModelSubject& subject, const std::vector<double>& epsilons,
                       const std::string& what);
std::string scaled_text(const interp::ScaledDegeneracy& report, const std::string& what);

}  // namespace basin::experiments
