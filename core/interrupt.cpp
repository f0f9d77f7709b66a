#include "core/interrupt.h"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>

#include "core/error.h"

namespace basin {
namespace {

std::atomic<bool> signalled{false};
std::atomic<bool (*)()> asked_host{nullptr};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may only touch lock-free atomics");

// The handlers of both signals go back to their defaults, whichever of the two comes second.
void note_signal(int) {
  signalled.store(true, std::memory_order_relaxed);
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
}

}  // namespace

void watch_interrupts() {
  signalled.store(false, std::memory_order_relaxed);
  struct sigaction action = {};
  action.sa_handler = note_signal;
  action.sa_flags = SA_RESTART;  // a signal while writing a checkpoint must not make the write fail
  sigemptyset(&action.sa_mask);
  for (int signal : {SIGINT, SIGTERM})
    if (sigaction(signal, &action, nullptr) != 0)
      throw Error(std::string("watch_interrupts: sigaction: ") + std::strerror(errno));
}

bool interrupted() {
  if (signalled.load(std::memory_order_relaxed)) return true;
  bool (*const host)() = asked_host.load(std::memory_order_relaxed);
  return host != nullptr && host();
}

void ask_host(bool (*host)()) { asked_host.store(host, std::memory_order_relaxed); }

}  // namespace basin
