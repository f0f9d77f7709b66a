#include "nn/import.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/error.h"
#include "core/file.h"
#include "core/npz.h"
#include "core/safetensors.h"

namespace basin::nn {
namespace {

struct Given {
  std::string name;  // in the file
  Tensor<double> tensor;
};

struct TransformerFile {
  std::string path;
  std::map<std::string, Given> tensors{};  // by TransformerLens's name
  std::map<std::string, std::string> metadata{};

  bool has(const std::string& name) const { return tensors.contains(name); }
  bool has_block(std::int64_t l) const {
    const std::string at = "blocks." + std::to_string(l) + ".";
    const auto first = tensors.lower_bound(at);
    return first != tensors.end() && first->first.starts_with(at);
  }
};

// Where a tensor of a transformer with one block stands.
std::string full_name(const std::string& name) {
  constexpr std::array<std::pair<const char*, const char*>, 5> places{
      {{"embed.", "W_E"},
       {"pos_embed.", "W_pos"},
       {"blocks.0.attn.", "W_Q W_K W_V W_O b_Q b_K b_V b_O"},
       {"blocks.0.mlp.", "W_in b_in W_out b_out"},
       {"unembed.", "W_U b_U"}}};
  for (const auto& [place, names] : places)
    if ((std::string(" ") + names + " ").find(" " + name + " ") != std::string::npos) return place + name;
  return name;
}

// What TransformerLens saves beside the parameters: the causal mask and the number that stands for a masked score.
bool is_buffer(const std::string& name) {
  const std::string last = name.substr(name.rfind('.') + 1);
  return last == "mask" || last == "IGNORE";
}

void add(TransformerFile& file, const std::string& name, Tensor<double> tensor) {
  if (is_buffer(name)) return;
  const auto [at, is_new] = file.tensors.try_emplace(full_name(name), Given{name, std::move(tensor)});
  if (!is_new)
    throw DataError(fmt::format("{}: {} and {} are one tensor of a transformer with one block", file.path,
                                excerpt(at->second.name), excerpt(name)));
}

TransformerFile parse(std::string_view bytes, const std::string& path) {
  TransformerFile file{path};
  if (!path.ends_with(".npz") && !path.ends_with(".safetensors"))
    throw DataError(path + ": a file of an unknown kind given; wanted one ending in .safetensors or .npz");
  if (path.ends_with(".npz")) {
    for (auto& [name, tensor] : parse_npz(bytes, path)) add(file, name, std::move(tensor));
  } else {
    SafeTensors all = parse_safetensors(bytes, path);
    for (auto& [name, tensor] : all.tensors) {
      if (const std::string& dtype = all.dtypes.at(name); !is_buffer(name) && dtype.find('F') == std::string::npos)
        throw DataError(
            fmt::format("{}: tensor {} holds {}; wanted F64, F32, F16 or BF16", path, excerpt(name), dtype));
      add(file, name, std::move(tensor));
    }
    file.metadata = std::move(all.metadata);
  }
  return file;
}

[[noreturn]] void missing(const TransformerFile& file, const std::string& name, const std::string& shape) {
  throw DataError(fmt::format("{}: there is no tensor '{}' {}", file.path, name, shape));
}

[[noreturn]] void misshapen(const TransformerFile& file, const Given& given, const std::string& wanted) {
  throw DataError(fmt::format("{}: tensor {} has shape {}; wanted {}", file.path, excerpt(given.name),
                              given.tensor.shape.str(), wanted));
}

// Of a tensor that sizes are read off.
const Shape& shape_of(const TransformerFile& file, const std::string& name, int rank, const std::string& axes) {
  if (!file.has(name)) missing(file, name, axes);
  const Given& given = file.tensors.at(name);
  if (given.tensor.shape.rank() != rank || given.tensor.size() == 0) misshapen(file, given, axes);
  return given.tensor.shape;
}

void read_sizes(const TransformerFile& file, TransformerSpec& spec) {
  const Shape& embedding = shape_of(file, "embed.W_E", 2, "[d_vocab, d_model]");
  const Shape& queries = shape_of(file, "blocks.0.attn.W_Q", 3, "[head, d_model, d_head]");
  spec.d_vocab = embedding[0], spec.d_model = embedding[1];
  spec.n_heads = queries[0], spec.d_head = queries[2];
  spec.n_ctx = shape_of(file, "pos_embed.W_pos", 2, "[n_ctx, d_model]")[0];
  spec.d_vocab_out = shape_of(file, "unembed.W_U", 2, "[d_model, d_vocab_out]")[1];
  spec.attention_only = !file.has("blocks.0.mlp.W_in") && !file.has("blocks.0.mlp.W_out");
  if (!spec.attention_only) spec.d_mlp = shape_of(file, "blocks.0.mlp.W_in", 2, "[d_model, d_mlp]")[1];
  for (spec.n_layers = 0; file.has_block(spec.n_layers);) ++spec.n_layers;
}

void read_biases(const TransformerFile& file, TransformerSpec& spec) {
  using Spec = TransformerSpec;
  for (const auto& [name, field] : {std::pair{"attn.b_Q", &Spec::b_Q},
                                    {"attn.b_K", &Spec::b_K},
                                    {"attn.b_V", &Spec::b_V},
                                    {"attn.b_O", &Spec::b_O},
                                    {"mlp.b_in", &Spec::b_in},
                                    {"mlp.b_out", &Spec::b_out}})
    spec.*field = file.has(std::string("blocks.0.") + name);
  spec.b_U = file.has("unembed.b_U");
}

TransformerSpec spec_of(const TransformerFile& file, const ImportChoices& choices) {
  TransformerSpec spec{.layer_norm = choices.layer_norm,
                       .activation = choices.activation,
                       .causal = choices.causal,
                       .parallel_attention = choices.parallel_attention,
                       .last_position = choices.last_position};
  if (const auto model = file.metadata.find("model"); model != file.metadata.end() && model->second == "transformer")
    spec = transformer_spec_from(file.metadata);
  read_sizes(file, spec);
  read_biases(file, spec);
  if (file.has("ln_final.w")) spec.layer_norm = LayerNorm::full;
  if (spec.attention_only && spec.parallel_attention) missing(file, "blocks.0.mlp.W_in", "[d_model, d_mlp]");
  return spec;
}

// Every parameter is there, fits and is finite, and nothing else is there.
void check_tensors(const TransformerFile& file, const std::vector<ParameterInfo>& wanted) {
  for (const ParameterInfo& info : wanted) {
    if (!file.has(info.name)) missing(file, info.name, info.shape.str());
    const Given& given = file.tensors.at(info.name);
    if (!(given.tensor.shape == info.shape)) misshapen(file, given, info.shape.str());
    if (!std::ranges::all_of(given.tensor.data, [](double v) { return std::isfinite(v); }))
      throw DataError(fmt::format("{}: tensor {} holds NaN or Inf", file.path, excerpt(given.name)));
  }
  for (const auto& [name, given] : file.tensors)
    if (std::ranges::none_of(wanted, [&](const ParameterInfo& info) { return info.name == name; }))
      throw DataError(fmt::format("{}: tensor {} is no parameter of a transformer with the other tensors' sizes",
                                  file.path, excerpt(given.name)));
}

}  // namespace

bool holds_transformer(const std::string& path) {
  const auto among = [](const auto& tensors) {
    return std::ranges::any_of(tensors, [](const auto& tensor) {
      return tensor.first.starts_with("blocks.") || full_name(tensor.first) == "embed.W_E";
    });
  };
  return path.ends_with(".npz") ? among(read_npz(path)) : among(read_safetensors(path).tensors);
}

ImportedTransformer import_transformer(const std::string& path, const ImportChoices& choices) {
  return parse_transformer(read_file(path), path, choices);
}

ImportedTransformer parse_transformer(std::string_view bytes, const std::string& path, const ImportChoices& choices) {
  const TransformerFile file = parse(bytes, path);
  const TransformerSpec spec = spec_of(file, choices);
  const Model model = transformer(spec);
  const std::vector<ParameterInfo> wanted = parameters_of(model);
  check_tensors(file, wanted);  // before memory is taken that only announced sizes ask for
  Parameters<double> parameters(wanted);
  for (const ParameterInfo& info : wanted)
    std::ranges::copy(file.tensors.at(info.name).tensor.data, parameters[info.name].begin());
  return {spec, model, std::move(parameters)};
}

}  // namespace basin::nn
