#include "nn/data/mnist.h"

#include <fmt/format.h>

#include "core/idx.h"

namespace basin::nn {
namespace {

[[noreturn]] void fail(const std::filesystem::path& path, const std::string& what) {
  throw DataError(
      fmt::format("{}: {}; help: the files of MNIST are wanted, raw or gzip-compressed", path.string(), what));
}

std::filesystem::path raw_or_gz(const std::filesystem::path& path) {
  if (std::filesystem::exists(path)) return path;
  const std::filesystem::path gz = path.string() + ".gz";
  if (std::filesystem::exists(gz)) return gz;
  throw DataError(fmt::format("{}: no such file, nor {}; help: name the folder with --data-dir", path.string(),
                              gz.filename().string()));
}

Tensor<float> read_images(const std::filesystem::path& path) {
  Tensor<float> images = read_idx(path);
  if (images.shape.rank() != 3)
    fail(path, fmt::format("images of shape {}, wanted [n,height,width]", images.shape.str()));
  for (std::int64_t i = 0; i < images.size(); ++i) {
    if (!(images[i] >= 0 && images[i] <= 255))
      fail(path, fmt::format("number {} is {}, wanted a pixel in [0,255]", i, images[i]));
    images[i] /= 255;
  }
  images.shape = {images.shape[0], images.shape[1] * images.shape[2]};
  return images;
}

Dataset read_part(const std::filesystem::path& dir, const std::string& prefix, const std::string& name) {
  const auto images = raw_or_gz(dir / (prefix + "-images-idx3-ubyte"));
  const auto labels = raw_or_gz(dir / (prefix + "-labels-idx1-ubyte"));
  Dataset data{name, read_images(images), read_idx(labels), 10, images.string()};
  data.validate();
  return data;
}

}  // namespace

Split load_mnist_like(const std::filesystem::path& dir, const std::string& name) {
  Split split{read_part(dir, "train", name), read_part(dir, "t10k", name)};
  if (split.train.inputs() != split.test.inputs())
    throw DataError(fmt::format("{}: {} has {} pixels per training image and {} per test image", dir.string(), name,
                                split.train.inputs(), split.test.inputs()));
  return split;
}

}  // namespace basin::nn
