// tempting: B W is the chain rule through a layer; it is the gradient by what leaves the ReLU, not by what enters it
// fails: [2] backward
// fails: [1] jacobian
// fails: [2] count
//@ replaces backward
  const std::int64_t n = layers[0].pre.rows(), k = layers.back().pre.cols();
  Matrix B({n * k, k});
  for (std::int64_t row = 0; row < n * k; ++row) B(row, row % k) = 1;
  for (std::size_t l = layers.size(); l-- > 0;) {
    layers[l].gradients = B;
    B = matmul(B, net.weights[l]);
  }
