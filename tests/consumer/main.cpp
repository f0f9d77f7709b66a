// A first program against the installed package: a derivative by name, the library's data, its version.
#include <basin/basin.h>
#include <basin/nn/data/digits.h>

#include <iostream>
#include <vector>

int main() {
  basin::Graph g;
  const basin::Var x = g.input("x", {3});
  const basin::Var loss = basin::sum(basin::square(x));
  const basin::Var slope = basin::grad(loss, {x})[0];

  basin::Program<double> program(g, {.fetch = {loss, slope}});
  program.feed("x", std::vector<double>{1, 2, 3});
  program.run();
  const auto images = basin::nn::all_digits().x.rows();
  std::cout << "basin " << BASIN_VERSION << ": loss " << program.scalar(loss) << ", slope at 3 is "
            << program.view(slope)[2] << ", " << images << " images\n";
  return program.scalar(loss) == 14 && program.view(slope)[2] == 6 && images == 1797 ? 0 : 1;
}
