// The yardstick: training steps of a multilayer perceptron written by hand, with nothing general left in them. No
// allocation after construction; bias and activation behind the product, activation derivative fused with the column
// sum of the bias gradient, softmax + cross-entropy + gradient in one pass, one pass over the flat parameters for the
// update. What an engine may cost is judged against this.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace basin::benchmarks {

enum class Activation { tanh, relu };      // behind every layer but the last
enum class Loss { mse, cross_entropy };    // mean over all elements; mean over rows
enum class Optimizer { sgd, adam };        // learning rate 1e-2; PyTorch's Adam with its defaults (1e-3)
enum class Gemm { openblas, small_gemm };  // core/small_gemm.h where small_gemm_pays, else OpenBLAS

template <class T>
class HandMlpOf {
 public:
  HandMlpOf(std::vector<std::int64_t> widths, std::int64_t batch, Activation, Loss, Optimizer, Gemm = Gemm::small_gemm);

  // weight0 [in,out], bias0 [out], weight1, bias1, … in one vector; gradients() has the same order and is that of the
  // last step, at the parameters before its update. Parameters start from a fixed pseudo-random draw.
  std::span<T> parameters() { return {parameters_.get(), std::size_t(count_)}; }
  std::span<T> gradients() { return {gradients_.get(), std::size_t(count_)}; }
  std::span<T> x() { return {layers_.front().in, std::size_t(batch_ * layers_.front().n_in)}; }  // [batch, in]
  std::span<T> t() { return {target_.get(), std::size_t(target_count_)}; }  // mse [batch, out]; else labels [batch]

  // One training step; the loss before the update.
  T step();

  // The structured and the materialised Gram matrix want the pieces: inputs and pre-activation gradients by layer.
  struct Layer {
    std::int64_t n_in, n_out, offset;  // offset of the weight in the flat vector
    T *in, *out, *delta;               // [batch, n_in], [batch, n_out], [batch, n_out]: d loss / d pre-activation
  };
  const std::vector<Layer>& layers() const { return layers_; }
  std::int64_t batch() const { return batch_; }

 private:
  struct Free {
    void operator()(T* p) const { ::operator delete[](p, std::align_val_t(64)); }
  };
  using Buffer = std::unique_ptr<T[], Free>;
  static Buffer zeros(std::int64_t n);

  void forward();
  T loss_and_delta();
  void backward();
  void update();

  std::int64_t batch_, count_ = 0, target_count_, steps_ = 0;
  Activation activation_;
  Loss loss_;
  Optimizer optimizer_;
  Gemm gemm_;
  std::vector<Layer> layers_;
  Buffer values_, target_, parameters_, gradients_, moment1_, moment2_;
};

using HandMlp = HandMlpOf<float>;

// The largest relative difference between HandMlpOf<double>'s gradient and central differences of its loss, over all
// parameters of a small net with this activation, loss and gemm.
double gradient_error(Activation, Loss, Gemm);

}  // namespace basin::benchmarks
