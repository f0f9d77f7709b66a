#include "autodiff/plan.h"

#include "autodiff/blocks.h"
#include "autodiff/fuse.h"
#include "core/fp.h"

namespace basin {
namespace {

constexpr std::int64_t no_place = -1;

template <class T>
class Planner {
 public:
  Planner(Graph& graph, const ProgramSpec& spec, const std::vector<Binding<T>>& bindings)
      : graph_(graph), spec_(spec), count_(graph.size()) {
    plan_.graph = &graph;
    plan_.spec = spec;
    plan_.bindings = bindings;
    plan_.at.assign(count_, nullptr);
    plan_.held.assign(count_, 0);
    plan_.unfed.assign(count_, 0);
    for (const auto* list : {&spec.fetch, &spec.flat, &spec.feed})
      for (Var v : *list) graph.require_own(v, "program");
    for (const Binding<T>& b : bindings) {
      graph.require_own(b.var, "program");
      if (!is_input(graph.node(b.var.id)))
        throw NameError("program: " + graph.describe(b.var.id) + " is bound but is not an input");
      plan_.at[b.var.id] = b.data;
    }
  }

  Plan<T> make() {
    find_nodes();
    find_demand();
    find_fixed();
    if (spec_.fuse) fusions_ = find_fusions(nodes_, demand_);
    for (Id i = 0; i < count_; ++i) {
      root_.push_back(is_alias_here(i) ? root_[node_at(i).in[0]] : i);
      if (demand_.needed[i]) plan_.needed.push_back(i);
    }
    list_calls();
    place();
    bind();
    return std::move(plan_);
  }

 private:
  bool is_alias_here(Id i) const { return !demand_.given[i] && (is_alias(node_at(i)) || demand_.in_place[i]); }
  const Node& node_at(Id i) const { return *nodes_[i]; }
  std::int64_t numel(Id i) const { return node_at(i).shape.numel(); }

  // The graph's nodes, but a view of a view reads what lies behind both, unless the one between is fed.
  void find_nodes() {
    const std::vector<char> none(count_);
    demand_ = {none, none, none, none};
    for (Var v : spec_.feed) demand_.given[v.id] = 1;
    for (Id i = 0; i < count_; ++i) {
      const Node* node = &graph_.node(i);
      const Id in = node->in[0];
      if (spec_.fuse && is_view(*node) && is_view(node_at(in)) && !demand_.given[in])
        node = &plan_.views.emplace_back(view_through(*node, node_at(in)));
      nodes_.push_back(node);
    }
  }

  void find_demand() {
    for (const auto* list : {&spec_.fetch, &spec_.flat})
      for (Var v : *list) demand_.needed[v.id] = demand_.wanted[v.id] = 1;
    for (Id i = 0; i < count_; ++i)
      if (demand_.wanted[i]) plan_.fetched.push_back(i);
    for (Id i = count_ - 1; i >= 0; --i) {
      if (!demand_.needed[i]) continue;
      if (is_input(node_at(i))) demand_.given[i] = 1;
      if (demand_.given[i]) continue;
      for (Id in : node_at(i).in)
        if (in >= 0) demand_.needed[in] = 1;
      if (demand_.wanted[i] && is_alias(node_at(i))) demand_.wanted[node_at(i).in[0]] = 1;
    }
    for (Var v : spec_.feed)
      if (!demand_.needed[v.id])
        throw NameError("program: nothing that is fetched depends on the fed value " + graph_.describe(v.id));
  }

  // What depends on constants alone is computed once, while planning.
  void find_fixed() {
    fixed_.assign(count_, 0);
    for (Id i = 0; i < count_; ++i) {
      const Node& node = node_at(i);
      const auto fixed = [&](Id in) { return in < 0 || fixed_[in]; };
      fixed_[i] = !demand_.given[i] && !is_input(node) && std::all_of(node.in.begin(), node.in.end(), fixed);
    }
  }

  // One entry for each kernel call, in order; pointers come later.
  void list_calls() {
    std::vector<const Fusion*> fused(count_, nullptr);
    std::vector<char> filled(count_, 0);
    for (const Fusion& f : fusions_) {
      fused[f.at] = &f;
      if (f.second >= 0) filled[f.second] = 1;
    }
    for (Id i : plan_.needed) {
      const Node& node = node_at(i);
      if (demand_.given[i] || filled[i] || root_[i] != i || !node.op->run.template get<T>()) continue;
      if (fused[i])
        order_.push_back(*fused[i]);
      else
        order_.push_back({.run = node.op->run, .at = i, .in = node.in});
    }
  }

  // ---- memory: bound values lie outside; flat ones in front; aliases where their root lies.
  static std::int64_t whole_lines(std::int64_t n) {
    const std::int64_t line = slab_alignment / sizeof(T);
    return (n + line - 1) / line * line;
  }
  std::int64_t grow(std::int64_t n) { return std::exchange(top_, top_ + whole_lines(n)); }
  bool reuses() const {
    return spec_.memory == Memory::automatic ? !spec_.flat.empty() : spec_.memory == Memory::reuse;
  }

  void place() {
    offset_.assign(count_, no_place);
    shared_.assign(count_, 0);
    std::int64_t flat = 0;
    for (Var v : spec_.flat) {
      const Id r = root_[v.id];
      const bool own = !demand_.given[r] && offset_[r] == no_place && numel(r) == numel(v.id);
      if (own)
        offset_[r] = flat;
      else
        copies_.push_back({v.id, flat});
      flat += numel(v.id);
    }
    flat_size_ = flat;
    grow(flat);
    if (reuses()) place_shared();
    for (Id i : plan_.needed)
      if (root_[i] == i && !plan_.at[i] && offset_[i] == no_place) offset_[i] = grow(numel(i));
  }

  bool shares(Id i) const { return i >= 0 && !demand_.wanted[i] && offset_[i] == no_place && !fixed_[i]; }

  // Values that only calls read give their memory to later ones.
  void place_shared() {
    std::vector<std::size_t> last(count_);  // the last call that reads it
    for (std::size_t c = 0; c < order_.size(); ++c)
      for (Id in : order_[c].in)
        if (in >= 0) last[root_[in]] = c;
    std::vector<std::vector<Id>> ends(order_.size());  // whom nobody reads after this call
    Blocks blocks(top_);
    for (std::size_t c = 0; c < order_.size(); ++c) {
      for (Id out : {order_[c].at, order_[c].second}) {
        if (!shares(out) || numel(out) == 0) continue;
        offset_[out] = blocks.take(whole_lines(numel(out)));
        shared_[out] = 1;
        ends[std::max(last[out], c)].push_back(out);
      }
      for (Id i : ends[c]) blocks.give(offset_[i], whole_lines(numel(i)));
    }
    top_ = blocks.top();
  }

  void write_constant(const Node& node, T* to) const {
    if (is_constant(node)) *to = T(node.attr.real);
    if (is_array(node))
      for (double v : graph_.array(node)) *to++ = T(v);
  }

  void bind() {
    const std::int64_t scratch = grow(one_lane_of_operands());
    plan_.slab = Slab<T>(std::size_t(top_));
    T* base = plan_.slab.data();
    scratch_ = base + scratch;
    plan_.flat = plan_.slab.span().subspan(0, flat_size_);
    for (Id i : plan_.needed) {
      const Node& node = node_at(i);
      if (root_[i] != i) {
        plan_.at[i] = plan_.at[node.in[0]] + node.attr.offset;
      } else if (!plan_.at[i]) {
        plan_.at[i] = base + offset_[i];
        if (demand_.given[i]) plan_.given.push_back(i), plan_.unfed[i] = 1, ++plan_.waiting;
      }
      if (!demand_.given[i]) write_constant(node, plan_.at[i]);
      plan_.held[i] = !shared_[root_[i]] && !demand_.in_place[i];
    }
    FlushDenormals guard;  // as in a run
    for (const Fusion& f : order_) add_call(f);
    for (const auto& [id, offset] : copies_) add_copy(id, base + offset);
  }

  // Packs that hold one lane of all operands of any call: where kernels compute that look at single numbers.
  std::int64_t one_lane_of_operands() const {
    std::int64_t most = 0;
    for (const Fusion& f : order_) {
      std::int64_t all = numel(f.at) + (f.second >= 0 ? numel(f.second) : 0);
      for (const Id in : f.in)
        if (in >= 0) all += numel(in);
      most = std::max(most, all);
    }
    return lanes_of<T> == 1 ? 0 : (most + lanes_of<T> - 1) / lanes_of<T>;
  }

  void add_call(const Fusion& f) {
    Call<T> c;
    c.run = f.run.template get<T>();
    c.graph = &graph_;
    c.node = &node_at(f.at);
    c.at = f.at;
    c.node_in = f.in;
    c.n = c.node->shape.numel();
    if (c.n == 0 && f.second < 0) return;
    c.out = plan_.at[f.at];
    if (f.second >= 0) c.out2 = plan_.at[f.second], c.n2 = numel(f.second);
    if constexpr (lanes_of<T> != 1) c.scratch = scalars(scratch_);
    for (int i = 0; i < Node::max_inputs; ++i) {
      c.in[i] = f.in[i] >= 0 ? plan_.at[f.in[i]] : c.out;
      if (f.in[i] >= 0 && demand_.in_place[f.in[i]]) c.view[i] = nodes_[f.in[i]];
    }
    if (c.node->op->loop) c.loop = c.node->op->loop(graph_, *c.node);
    if (c.node->op->plan) c.node->op->plan(c);
    if (fixed_[f.at]) return c.run(c);
    plan_.calls.push_back(c);
  }

  void add_copy(Id id, T* to) {
    Call<T> c;
    c.graph = &graph_;
    c.node = &node_at(id);
    c.at = id;
    c.n = numel(id);
    c.out = to;
    c.in[0] = plan_.at[id];
    c.run = [](const Call<T>& call) { std::copy_n(call.in[0], call.n, call.out); };
    plan_.calls.push_back(c);
  }

  Graph& graph_;
  const ProgramSpec& spec_;
  const Id count_;
  Plan<T> plan_;
  Nodes nodes_;
  Demand demand_;
  std::vector<Fusion> fusions_, order_;
  std::vector<Id> root_;              // by id: the value whose memory it shows
  std::vector<char> fixed_, shared_;  // by id
  std::vector<std::int64_t> offset_;
  std::vector<std::pair<Id, std::int64_t>> copies_;
  std::int64_t top_ = 0, flat_size_ = 0;
  T* scratch_ = nullptr;
};

}  // namespace

template <class T>
Plan<T> make_plan(Graph& graph, const ProgramSpec& spec, const std::vector<Binding<T>>& bindings) {
  return Planner<T>(graph, spec, bindings).make();
}

template Plan<float> make_plan(Graph&, const ProgramSpec&, const std::vector<Binding<float>>&);
template Plan<double> make_plan(Graph&, const ProgramSpec&, const std::vector<Binding<double>>&);
template Plan<Pack<float>> make_plan(Graph&, const ProgramSpec&, const std::vector<Binding<Pack<float>>>&);
template Plan<Pack<double>> make_plan(Graph&, const ProgramSpec&, const std::vector<Binding<Pack<double>>>&);

}  // namespace basin
