// Arithmetic modulo p on all p^2 pairs: the tasks on which networks grok.
#pragma once
#include <string_view>

#include "nn/data/dataset.h"

namespace basin::nn {

enum class ModularTask { add, subtract, quadratic };  // a + b, a - b, a^2 + a b + b^2 (mod p)

ModularTask modular_task_from(std::string_view name);  // add, subtract or quadratic; UsageError listing them

// Tokens x [p^2, 3] = (a, b, '='), where '=' is the token p, and labels y [p^2] of p classes; row a p + b. Split it
// with split(). Throws UsageError unless 2 <= p <= 4096.
Dataset modular_arithmetic(ModularTask task, std::int64_t p);

// The same rows for networks without an embedding: x [n, 2p], ones at a and p + b. Throws UsageError when that is more
// than 2^29 numbers.
Dataset one_hot_pairs(const Dataset& tokens);

}  // namespace basin::nn
