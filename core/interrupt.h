// Ctrl-C and `kill` as a question that long loops ask between steps, so that they can save before they stop.
#pragma once

namespace basin {

// From here on SIGINT, SIGTERM and SIGUSR1 set a flag instead of ending the process; an earlier interrupt is forgotten.
// A second signal ends the process at once: a loop that never asks can still be stopped. Error when the system refuses.
void watch_interrupts();

// The first of these that came, or 0.
int interrupting_signal();

// True once a signal has arrived, or where the host says so. Costs two relaxed loads.
bool interrupted();

// A host with signal handlers of its own, such as Python, is asked instead of watching: from any thread that asks
// interrupted(), and often. Null: there is none.
void ask_host(bool (*host)());

}  // namespace basin
