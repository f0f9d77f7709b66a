// What rebuilds a model, as text by name: Model::config, the metadata of checkpoints. Read here, so that every model
// says in the same words what is missing or wrong.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "autodiff/model.h"

namespace basin::nn {

// Of a config that must outlive it; DataErrors begin with `who` and name the key.
class ConfigReader {
 public:
  ConfigReader(const std::map<std::string, std::string>& config, std::string who)
      : config_(config), who_(std::move(who)) {}

  const std::string& text(const std::string& key) const;
  template <class Number>  // std::int64_t or double
  Number number(const std::string& key) const;
  std::vector<std::int64_t> integers(const std::string& key) const;  // "64,32"
  bool flag(const std::string& key) const;                           // yes or no
  [[noreturn]] void refuse(const std::string& key, const std::string& wanted) const;

 private:
  const std::map<std::string, std::string>& config_;
  std::string who_;
};

// The model whose config this is, by its entry "model": mlp, transformer or superposition. DataError for others, and
// naming the key.
Model model_from(const std::map<std::string, std::string>& config);

}  // namespace basin::nn
