// Errors with the same texts, and Ctrl-C: the library asks Python whether a signal has come (core/interrupt.h).
#include "core/error.h"

#include <atomic>
#include <chrono>
#include <optional>

#include "core/interrupt.h"
#include "python/src/bind.h"

namespace basin::python {
namespace {

unsigned long main_thread = 0;
std::atomic<bool> stopping{false};

// What Python's handler raised, until the call that it stops has ended. Never destroyed: Python may be gone by then.
std::optional<py::error_already_set>& raised() {
  static auto* const error = new std::optional<py::error_already_set>;
  return *error;
}

// Python runs signal handlers in its main thread alone; the other threads of a computation hear of it through the flag.
// Now and then is enough, and leaves the GIL to others.
bool asks_python() {
  using Clock = std::chrono::steady_clock;
  static Clock::time_point asked{};
  if (stopping.load(std::memory_order_relaxed) || PyThread_get_thread_ident() != main_thread) return stopping;
  const Clock::time_point now = Clock::now();
  if (now - asked < std::chrono::milliseconds(10)) return false;
  asked = now;
  const py::gil_scoped_acquire gil;
  if (PyErr_CheckSignals() == 0) return false;
  raised().emplace();
  return stopping = true;
}

// The exception of Python's handler goes on, with what the library says of its state if it is a plain Ctrl-C.
void translate_interrupted(const Interrupted& error, py::handle interrupted) {
  if (PyThread_get_thread_ident() == main_thread && raised()) {
    const py::error_already_set signal = *std::exchange(raised(), std::nullopt);
    stopping = false;
    if (!signal.type().is(py::handle(PyExc_KeyboardInterrupt))) {
      py::error_already_set(signal).restore();
      return;
    }
  }
  py::set_error(interrupted, error.what());
}

template <class E>
void register_error(py::module_& m, const char* name, const py::tuple& bases) {
  py::register_exception<E>(m, name, bases).attr("__module__") = "basin";
}

}  // namespace

void rethrow_signal() {
  if (PyThread_get_thread_ident() != main_thread || !raised()) return;
  const py::error_already_set signal = *std::exchange(raised(), std::nullopt);
  stopping = false;
  throw signal;
}

void bind_errors(py::module_& m) {
  const py::handle value(PyExc_ValueError), run_time(PyExc_RuntimeError), memory(PyExc_MemoryError),
      system(PyExc_OSError);
  register_error<Error>(m, "Error", py::make_tuple(run_time));
  const py::object error = m.attr("Error");
  register_error<ShapeError>(m, "ShapeError", py::make_tuple(error, value));
  register_error<NameError>(m, "NameError", py::make_tuple(error, value));
  register_error<UsageError>(m, "UsageError", py::make_tuple(error, value));
  register_error<DataError>(m, "DataError", py::make_tuple(error, value));
  register_error<NumericalError>(m, "NumericalError", py::make_tuple(error, py::handle(PyExc_ArithmeticError)));
  register_error<ResourceError>(m, "ResourceError", py::make_tuple(error, memory));
  register_error<StorageError>(m, "StorageError", py::make_tuple(error, system));
  // No Error, so that `except Exception` lets Ctrl-C through, as everywhere in Python.
  static const py::handle interrupted =
      py::exception<Interrupted>(m, "Interrupted", py::handle(PyExc_KeyboardInterrupt)).release();
  interrupted.attr("__module__") = "basin";
  py::register_exception_translator([](std::exception_ptr thrown) {
    try {
      if (thrown) std::rethrow_exception(thrown);
    } catch (const Interrupted& stopped) {
      translate_interrupted(stopped, interrupted);
    }
  });
  const py::object main = py::module_::import("threading").attr("main_thread")();
  main_thread = main.attr("ident").cast<unsigned long>();
  ask_host(asks_python);
}

}  // namespace basin::python
