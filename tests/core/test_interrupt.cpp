#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <initializer_list>

#include "core/interrupt.h"

using namespace basin;

TEST_CASE("a signal sets the flag and watching again forgets it") {
  for (int signal : {SIGINT, SIGTERM}) {
    watch_interrupts();
    CHECK_FALSE(interrupted());
    std::raise(signal);
    CHECK(interrupted());
  }
  watch_interrupts();
  CHECK_FALSE(interrupted());
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
}

TEST_CASE("a host answers too, until there is none") {
  ask_host([] { return true; });
  CHECK(interrupted());
  ask_host([] { return false; });
  CHECK_FALSE(interrupted());
  ask_host(nullptr);
  CHECK_FALSE(interrupted());
}

TEST_CASE("a second signal ends the process") {
  pid_t child = fork();
  if (child == 0) {
    watch_interrupts();
    std::raise(SIGINT);
    std::raise(SIGTERM);
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGTERM);
}
