// What a model would say if it stopped at an earlier layer: the residual stream there, put in the place of the last
// one, goes through the model's own final norm and unembedding (nostalgebraist 2020, "interpreting GPT: the logit
// lens"; docs/theory.md §5.9).
#pragma once
#include "interp/sweep/sweep.h"

namespace basin::interp {

struct LensOptions {
  SweepOptions sweep{.chunk = 64};
  std::int64_t top = 5;  // tokens that are listed for each layer
};

struct LensToken {
  std::int64_t token = 0;
  double probability = 0;  // mean over rows and positions
};

struct LensLayer {
  std::string value{};
  double loss = 0;       // mean over rows and positions; NaN for a model without loss
  double accuracy = 0;   // share whose largest output is the label; NaN without labels
  double agreement = 0;  // share whose largest output is that of the last layer
  double kl = 0;         // of the model's distribution to this one, in nats: Σ p (log p - log q), the mean
  std::vector<LensToken> top{};
};

struct LogitLens {
  std::int64_t rows = 0;
  std::vector<LensLayer> layers{};  // in the order of the values; the last is the model itself
  double residual = 0;              // the largest difference of the last layer's outputs to the model's own
};

// `stream` are names of values [rows, …, d] of one shape, or whose last positions are as many as the last value has
// (a model of the last position alone); their last one is replaced. All layers are copies in one program. UsageError
// for fewer than two values and for a model without output; NameError where the output does not depend on the last
// value; ShapeError for values that do not fit it; errors of sweep.
LogitLens logit_lens(const ModelPoint& model, const Inputs& data, const std::vector<std::string>& stream,
                     const LensOptions& options = {});

// The values called blocks.*.hook_resid_* that a model has, in order of computation, each by its first name. UsageError
// where there are none.
std::vector<std::string> residual_stream(const Model& model);

}  // namespace basin::interp
