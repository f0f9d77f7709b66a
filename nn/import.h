// Transformers from files that others wrote, under TransformerLens's names and shapes: .safetensors or .npz.
#pragma once
#include <string>

#include "nn/transformer.h"

namespace basin::nn {

// What tensors do not say.
struct ImportChoices {
  LayerNorm layer_norm = LayerNorm::none;  // of a file without ln*.w: none or pre. With them it is full
  Activation activation = Activation::relu;
  bool causal = true;
  bool parallel_attention = false;
  bool last_position = false;
};

struct ImportedTransformer {
  TransformerSpec spec;
  Model model;
  Parameters<double> parameters;  // rounded nowhere: double holds all that files hold
};

// Sizes and biases are read off the tensors. Each that then is needed must be there, fit and be finite, and there must
// be no others but TransformerLens's buffers attn.mask and attn.IGNORE. With one block, names may be short (W_E, W_Q,
// b_in, …). A network saved by Trainer says itself what tensors do not, and `choices` are not looked at. DataError
// naming the tensor, its shape and the shape wanted; also for safetensors of whole numbers and for all that
// core/safetensors.h and core/npz.h refuse.
ImportedTransformer import_transformer(const std::string& path, const ImportChoices& choices = {});
// Whether a file has an embedding or blocks under these names: whether it is meant to be read here. DataError for what
// is no file of tensors.
bool holds_transformer(const std::string& path);
// The same from a file's bytes; the ending of `path` says which format they are in.
ImportedTransformer parse_transformer(std::string_view bytes, const std::string& path,
                                      const ImportChoices& choices = {});

}  // namespace basin::nn
