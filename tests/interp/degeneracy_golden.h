// The golden networks of tests/golden/degeneracy: every integer counted on them by an independent program.
#pragma once
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/npz.h"
#include "interp/degeneracy/degeneracy.h"

inline nlohmann::json golden_nets() {
  std::ifstream file(BASIN_SOURCE_DIR "/tests/golden/degeneracy/degeneracy.json");
  return nlohmann::json::parse(file).at("nets");
}

inline nlohmann::json golden_net(const std::string& name) {
  for (const auto& net : golden_nets())
    if (net.at("name") == name) return net;
  throw std::runtime_error("no golden net " + name);
}

struct GoldenData {
  basin::interp::ReluNet net;
  basin::Matrix x;
};

inline GoldenData golden_data(const nlohmann::json& entry) {
  const auto arrays =
      basin::read_npz(BASIN_SOURCE_DIR "/tests/golden/degeneracy/" + entry.at("file").get<std::string>());
  GoldenData data{.net = {}, .x = arrays.at("x")};
  for (std::size_t l = 0; l < entry.at("layers").size(); ++l) {
    const std::string layer = "layers." + std::to_string(l);
    data.net.weights.push_back(arrays.at(layer + ".weight"));
    data.net.biases.push_back(arrays.at(layer + ".bias").data);
  }
  return data;
}

inline GoldenData golden_named(const std::string& name) { return golden_data(golden_net(name)); }

inline std::vector<basin::interp::FiringBlock> golden_blocks(const nlohmann::json& entry) {
  using basin::interp::BlockKind;
  std::vector<basin::interp::FiringBlock> blocks;
  for (const auto& b : entry.at("blocks")) {
    const auto neurons = b.at("neurons").get<std::vector<std::int64_t>>();
    const std::string kind = b.at("kind"), layer = b.at("layer");
    blocks.push_back({.layer = std::stol(layer.substr(layer.find('.') + 1)),
                      .kind = kind == "always_on"  ? BlockKind::always_on
                              : kind == "dead"     ? BlockKind::dead
                              : neurons.size() > 1 ? BlockKind::synchronised
                                                   : BlockKind::single,
                      .neurons = neurons});
  }
  return blocks;
}
