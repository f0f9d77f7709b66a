#include "nn/init.h"

#include <cmath>

#include "core/error.h"

namespace basin::nn {

Init init_from(std::string_view name) {
  if (name == "he") return Init::he;
  if (name == "glorot") return Init::glorot;
  if (name == "pytorch") return Init::pytorch;
  throw UsageError("init: '" + std::string(name) + "' given; wanted he, glorot or pytorch");
}

Start weight_start(Init scheme, std::int64_t in, std::int64_t out) {
  switch (scheme) {
    case Init::he: return {Start::normal, std::sqrt(2 / double(in))};
    case Init::glorot: return {Start::uniform, std::sqrt(6 / double(in + out))};
    case Init::pytorch: break;
  }
  return {Start::uniform, 1 / std::sqrt(double(in))};
}

Start bias_start(Init scheme, std::int64_t in) {
  return scheme == Init::pytorch ? Start{Start::uniform, 1 / std::sqrt(double(in))} : Start{};
}

}  // namespace basin::nn
