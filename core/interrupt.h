// Ctrl-C and `kill` as a question that long loops ask between steps, so that they can save before they stop.
#pragma once

namespace basin {

// From here on SIGINT and SIGTERM set a flag instead of ending the process; an earlier interrupt is forgotten.
// A second signal ends the process at once: a loop that never asks can still be stopped. Error when the system refuses.
void watch_interrupts();

// True once a signal has arrived. Costs one relaxed load.
bool interrupted();

}  // namespace basin
