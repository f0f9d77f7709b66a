#include "core/interrupt.h"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>

#include "core/error.h"

namespace basin {
namespace {

std::atomic<int> signalled{0};
std::atomic<bool (*)()> asked_host{nullptr};
static_assert(std::atomic<int>::is_always_lock_free, "a signal handler may only touch lock-free atomics");

constexpr int watched[] = {SIGINT, SIGTERM, SIGUSR1};

// The handlers of all go back to their defaults, whichever comes second.
void note_signal(int signal) {
  signalled.store(signal, std::memory_order_relaxed);
  for (const int each : watched) std::signal(each, SIG_DFL);
}

}  // namespace

void watch_interrupts() {
  signalled.store(0, std::memory_order_relaxed);
  struct sigaction action = {};
  action.sa_handler = note_signal;
  action.sa_flags = SA_RESTART;  // a signal while writing a checkpoint must not make the write fail
  sigemptyset(&action.sa_mask);
  for (const int signal : watched)
    if (sigaction(signal, &action, nullptr) != 0)
      throw Error(std::string("watch_interrupts: sigaction: ") + std::strerror(errno));
}

int interrupting_signal() { return signalled.load(std::memory_order_relaxed); }

bool interrupted() {
  if (interrupting_signal() != 0) return true;
  bool (*const host)() = asked_host.load(std::memory_order_relaxed);
  return host != nullptr && host();
}

void ask_host(bool (*host)()) { asked_host.store(host, std::memory_order_relaxed); }

}  // namespace basin
