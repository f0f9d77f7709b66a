// nn/train.h, nn/optim.h, nn/schedule.h, nn/evaluate.h, nn/training_folder.h.
#include "nn/train.h"

#include <pybind11/chrono.h>
#include <pybind11/functional.h>
#include <pybind11/stl/filesystem.h>

#include "nn/supervised.h"
#include "nn/training_folder.h"
#include "python/src/bind.h"

namespace basin::python {
namespace {

void bind_specs(py::module_& nn) {
  using O = nn::OptimizerSpec;
  py::enum_<nn::OptimizerKind>(nn, "OptimizerKind")
      .value("sgd", nn::OptimizerKind::sgd)
      .value("adam", nn::OptimizerKind::adam)
      .value("adamw", nn::OptimizerKind::adamw);
  Record<O>(nn, "OptimizerSpec", "nn/optim.h")
      .made()
      .field("kind", &O::kind)
      .field("momentum", &O::momentum)
      .field("weight_decay", &O::weight_decay)
      .field("beta1", &O::beta1)
      .field("beta2", &O::beta2)
      .field("epsilon", &O::epsilon)
      .def("validate", &O::validate);
  using S = nn::Schedule;
  py::enum_<nn::Decay>(nn, "Decay").value("constant", nn::Decay::constant).value("cosine", nn::Decay::cosine);
  Record<S>(nn, "Schedule", "Learning rates by step: nn/schedule.h")
      .made()
      .field("rate", &S::rate)
      .field("warm_up", &S::warm_up)
      .field("decay", &S::decay)
      .field("steps", &S::steps)
      .field("final_rate", &S::final_rate)
      .def("at", &S::at, "step"_a)
      .def("validate", &S::validate);
}

void bind_train_spec(py::module_& nn) {
  using T = nn::TrainSpec;
  Record<T>(nn, "TrainSpec", "nn/train.h")
      .made()
      .field("optimizer", &T::optimizer)
      .field("schedule", &T::schedule)
      .field("epochs", &T::epochs)
      .field("batch", &T::batch)
      .field("micro_batch", &T::micro_batch)
      .field("clip", &T::clip)
      .field("seed", &T::seed)
      .field("threads", &T::threads)
      .def("validate", &T::validate);
  nn.def("optimizer_from", &nn::optimizer_from, "name"_a);
  nn.def("decay_from", &nn::decay_from, "name"_a);
}

void bind_folder(py::module_& nn) {
  using M = nn::RunMetrics;
  Record<nn::EpochMetrics>(nn, "EpochMetrics", "nn/train.h")
      .field("epoch", &nn::EpochMetrics::epoch)
      .field("step", &nn::EpochMetrics::step)
      .field("train_loss", &nn::EpochMetrics::train_loss)
      .field("learning_rate", &nn::EpochMetrics::learning_rate);
  Record<nn::Evaluation>(nn, "Evaluation", "nn/supervised.h")
      .field("loss", &nn::Evaluation::loss)
      .field("accuracy", &nn::Evaluation::accuracy);
  Record<M, nn::EpochMetrics>(nn, "RunMetrics", "nn/training_folder.h")
      .field("epoch", &M::epoch)
      .field("step", &M::step)
      .field("train_loss", &M::train_loss)
      .field("learning_rate", &M::learning_rate)
      .field("test", &M::test);
  using F = nn::FolderSpec;
  Record<F>(nn, "FolderSpec", "nn/training_folder.h")
      .made()
      .field("checkpoint_every", &F::checkpoint_every)
      .field("checkpoints_per_decade", &F::checkpoints_per_decade)
      .field("metrics_every", &F::metrics_every)
      .field("resume", &F::resume)
      .field("between_saves", &F::between_saves)
      .field("progress", &F::progress);
  Record<nn::Checkpoint>(nn, "Checkpoint", "nn/training_folder.h")
      .field("epoch", &nn::Checkpoint::epoch)
      .field("path", &nn::Checkpoint::path);
  nn.def("last_state", &nn::last_state, "folder"_a);
  nn.def("kept_checkpoints", &nn::kept_checkpoints, "folder"_a);
  nn.def("checkpoints_of", &nn::checkpoints_of, "folder"_a);
  nn.def("newest_network", &nn::newest_network, "folder"_a);
  nn.def("read_metrics", &nn::read_metrics, "folder"_a);
  nn.def("is_log_spaced", &nn::is_log_spaced, "epoch"_a, "per_decade"_a);
}

template <class T>
py::class_<nn::Trainer<T>> bind_trainer(py::module_& nn) {
  using R = nn::Trainer<T>;
  py::class_<R> trainer(nn, name_for<T>("Trainer").c_str(), "Training of any model: nn/train.h");
  trainer
      .def(py::init([](Model model, const nn::TrainSpec& spec, Inputs train) {
             return std::make_unique<R>(std::move(model), spec, std::move(train));
           }),
           "model"_a, "spec"_a, "train"_a)
      .def("done", &R::done)
      .def("epoch", &R::epoch)
      .def("step_in_epoch", &R::step_in_epoch)
      .def("steps_per_epoch", &R::steps_per_epoch)
      .def("last_loss", &R::last_loss)
      .def("model", &R::model, py::return_value_policy::copy)
      .def("parameters", py::overload_cast<>(&R::parameters), py::return_value_policy::reference_internal)
      .def("step", [](R& own) { computing([&own] { own.step(); }); })
      .def("epoch_ended", &R::epoch_ended)
      .def("end_epoch", &R::end_epoch)
      .def(
          "run_to", [](R& own, std::int64_t epoch) { computing([&] { own.run_to(epoch); }); }, "epoch"_a)
      .def(
          "means_over",
          [](const R& own, const Inputs& data, py::function values) {
            const auto wanted = of_graph<std::vector<Var>, const Ends&>(std::move(values));
            return computing([&] { return own.means_over(data, wanted); });
          },
          "data"_a, "values"_a)
      .def("save_network", &R::save_network, "path"_a)
      .def("save", &R::save, "path"_a)
      .def("resume", &R::resume, "path"_a);
  return trainer;
}

template <class T>
py::class_<nn::Evaluator<T>> bind_evaluation(py::module_& nn) {
  using E = nn::Evaluator<T>;
  py::class_<E> evaluator(nn, name_for<T>("Evaluator").c_str(), "Means of any values over data: nn/evaluate.h");
  evaluator
      .def(py::init([](const Model& model, const Parameters<T>& parameters, py::function values) {
             return std::make_unique<E>(model, parameters, of_graph<std::vector<Var>, const Ends&>(std::move(values)));
           }),
           "model"_a, "parameters"_a, "values"_a, py::keep_alive<1, 3>())
      .def(
          "means", [](E& own, const Inputs& data) { return computing([&] { return own.means(data); }); }, "data"_a);
  nn.def("evaluate", released(&nn::evaluate<T>), "model"_a, "parameters"_a, "data"_a);
  return evaluator;
}

nn::RunMetrics train_in(const std::filesystem::path& folder, const Model& model, const nn::TrainSpec& spec,
                        const nn::Split& data, const nn::FolderSpec& how, const py::object& dtype) {
  const bool narrow = py::dtype::from_args(dtype).equal(py::dtype::of<float>());
  const auto train = narrow ? nn::train_in<float> : nn::train_in<double>;
  return computing([&] { return train(folder, model, spec, data, how); });
}

}  // namespace

void bind_training(py::module_& nn) {
  bind_specs(nn);
  bind_train_spec(nn);
  bind_folder(nn);
  auto trainer = bind_trainer<double>(nn);
  by_number(trainer, bind_trainer<float>(nn));
  auto evaluator = bind_evaluation<double>(nn);
  by_number(evaluator, bind_evaluation<float>(nn));
  nn.def("train_in", &train_in, "folder"_a, "model"_a, "spec"_a, "data"_a,
         py::arg_v("how", nn::FolderSpec{}, "FolderSpec()"), "dtype"_a = "float64");
}

}  // namespace basin::python
