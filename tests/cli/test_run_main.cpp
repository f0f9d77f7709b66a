#include <doctest/doctest.h>

#include <cerrno>
#include <filesystem>
#include <new>
#include <stdexcept>
#include <system_error>

#include "experiments/cli/experiment.h"
#include "experiments/cli/main.h"

using namespace basin;
using namespace basin::experiments;

namespace {

int code_of(const std::function<int(const Options&)>& body, std::vector<const char*> words = {}) {
  words.insert(words.begin(), "demo");
  return run_main(
      int(words.size()), const_cast<char**>(words.data()), [] { return Options("demo", "A demo."); }, body);
}

template <class E>
int code_after() {
  return code_of([](const Options&) -> int { throw E("told so by the test"); });
}

}  // namespace

TEST_CASE("the cost of a run is said in seconds or in minutes") {
  CHECK(about(0) == "about 2 seconds");
  CHECK(about(0.5) == "about 30 seconds");
  CHECK(about(1) == "about 1 minute");
  CHECK(about(12.4) == "about 12 minutes");
}

TEST_CASE("kinds of errors become exit codes") {
  CHECK(code_of([](const Options&) { return 0; }) == 0);
  CHECK(code_of([](const Options&) { return 1; }) == 1);
  CHECK(code_after<UsageError>() == 2);
  CHECK(code_after<NameError>() == 2);
  CHECK(code_after<DataError>() == 3);
  CHECK(code_after<ShapeError>() == 3);
  CHECK(code_after<NumericalError>() == 4);
  CHECK(code_after<Interrupted>() == 130);
  CHECK(code_after<StorageError>() == 5);
  CHECK(code_after<std::length_error>() == 6);
  CHECK(code_of([](const Options&) -> int { throw std::system_error(EAGAIN, std::generic_category()); }) == 6);
  CHECK(code_of([](const Options&) -> int {
          for (const auto& entry : std::filesystem::directory_iterator("not/here")) (void)entry;
          return 0;
        }) == 3);
  CHECK(code_after<Error>() == 70);
  CHECK(code_after<std::runtime_error>() == 70);
  CHECK(code_of([](const Options&) -> int { throw std::bad_alloc(); }) == 6);
  CHECK(code_after<ResourceError>() == 6);
}

TEST_CASE("help, version and wrong options do not run the body") {
  auto body = [](const Options&) { return 42; };
  CHECK(code_of(body, {"--help"}) == 0);
  CHECK(code_of(body, {"--version"}) == 0);
  CHECK(code_of(body, {"--sed", "3"}) == 2);
  CHECK(code_of(body, {"--seed", "3"}) == 42);
}

TEST_CASE("mistakes in declarations are reported, not fatal") {
  char name[] = "demo";
  char* argv[] = {name, nullptr};
  auto declare = [] { return Options("demo", "x").add_int("seed", 1, "h"); };
  CHECK(run_main(1, argv, declare, [](const Options&) { return 0; }) == 2);
}
