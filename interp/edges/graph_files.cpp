#include "interp/edges/graph_files.h"

#include "core/npz.h"

namespace basin::interp {
namespace {

Tensor<double> vector_of(const std::vector<double>& v) { return {{std::ssize(v)}, v}; }

}  // namespace

void write_interactions(const std::string& path, const std::vector<Basis>& bases, const std::vector<Matrix>& E) {
  NpzWriter out;
  Tensor<std::int64_t> constant({std::ssize(bases)});
  for (std::size_t l = 0; l < bases.size(); ++l) {
    const Basis& b = bases[l];
    constant[std::int64_t(l)] = b.constant;
    out.add("mean__" + b.layer, vector_of(b.mean));
    out.add("gram__" + b.layer, b.gram);
    out.add("W__" + b.layer, b.W);
    out.add("W_pinv__" + b.layer, b.W_pinv);
    out.add("C__" + b.layer, b.C);
    out.add("C_pinv__" + b.layer, b.C_pinv);
    out.add("Lambda__" + b.layer, vector_of(b.lambda));
    out.add("Lambda_all__" + b.layer, vector_of(b.lambda_all));
    if (l < E.size()) out.add("E__" + b.layer + "__to__" + bases[l + 1].layer, E[l]);
  }
  out.add("constant", constant);
  out.save(path);
}

}  // namespace basin::interp
