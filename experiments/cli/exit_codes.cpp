#include "experiments/cli/exit_codes.h"

#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <new>
#include <stdexcept>
#include <system_error>

#include "core/error.h"

namespace basin::experiments {
namespace {

template <class E>
bool is(const std::exception& error) {
  return dynamic_cast<const E*>(&error) != nullptr;
}

// Of what fmt throws when stdout takes no more: a filesystem_error names a path, and comes before.
bool is_full(const std::exception& error) {
  const auto* system = dynamic_cast<const std::system_error*>(&error);
  return system && !is<std::filesystem::filesystem_error>(error) &&
         (system->code() == std::errc::no_space_on_device || system->code() == std::errc::file_too_large ||
          system->code() == std::errc::io_error || system->code() == std::errc::broken_pipe);
}

struct Kind {
  bool (*fits)(const std::exception&);
  ExitCode code;
};

// The first that fits counts: a filesystem_error is a system_error too.
constexpr std::array kinds{Kind{is<UsageError>, exit_usage},
                           Kind{is<NameError>, exit_usage},
                           Kind{is<DataError>, exit_data},
                           Kind{is<ShapeError>, exit_data},
                           Kind{is<NumericalError>, exit_numerical},
                           Kind{is<StorageError>, exit_storage},
                           Kind{is<ResourceError>, exit_memory},
                           Kind{is<Again>, exit_again},
                           Kind{is<Interrupted>, exit_interrupted},
                           Kind{is<std::bad_alloc>, exit_memory},
                           Kind{is<std::length_error>, exit_memory},
                           Kind{is<std::filesystem::filesystem_error>, exit_data},
                           Kind{is_full, exit_storage},
                           Kind{is<std::system_error>, exit_memory}};

}  // namespace

ExitCode exit_code_of(const std::exception& error) {
  for (const Kind& kind : kinds)
    if (kind.fits(error)) return kind.code;
  return exit_fault;
}

std::string message_of(const std::exception& error) {
  if (is<std::bad_alloc>(error) || is<std::length_error>(error))
    return "out of memory; help: a smaller network, fewer rows of data or fewer --threads need less";
  if (is_full(error)) return fmt::format("the answer could not be written to stdout: {}", error.what());
  return error.what();
}

std::string exit_code_help(bool resumable, bool sharded) {
  return "  0 ok   1 a check failed   2 usage or config   3 data missing or invalid   4 numerical failure\n"
         "  5 storage full or not writable   6 not enough memory   70 another failure\n"
         "  130 interrupted" +
         std::string(resumable ? ", state saved: --resume goes on" : "") + "\n" +
         (sharded ? "  75 a shard was stopped by SIGTERM or SIGUSR1: the same command goes on\n" : "");
}

}  // namespace basin::experiments
