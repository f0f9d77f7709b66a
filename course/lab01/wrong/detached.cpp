// tempting: the hidden layer is computed with std::tanh and put on the tape as a number: the loss is right
// fails: [2] the slopes of a network
//@ replaces network
const int in = int(x.cols()), b = in * hidden, v = b + hidden, c = v + hidden;
Number total = theta.at(0).tape->input(0);
for (int row = 0; row < x.rows(); ++row) {
  Number y = theta.at(c);
  for (int j = 0; j < hidden; ++j) {
    double pre = theta.at(b + j).value();
    for (int i = 0; i < in; ++i) pre += x(row, i) * theta.at(i * hidden + j).value();
    y = y + std::tanh(pre) * theta.at(v + j);
  }
  total = total + (y + (-t[row])) * (y + (-t[row]));
}
return (1.0 / double(x.rows())) * total;
