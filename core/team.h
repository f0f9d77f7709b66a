// The processes that work on one computation: this one alone, or those that mpirun started, which all run the same
// program on the same data. They share out sweeps (interp/sweep/sweep.h); all else each does for itself, with the same
// result, and rank 0 alone writes and prints. Nothing here knows MPI: a plugin does (mpi/mpi_team.cpp), so one build
// serves both, and a process on its own loads nothing.
#pragma once
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace basin {

// What a plugin gives. Calls come from the main thread, in the same order in all processes; bytes may be any number.
class Team {
 public:
  virtual ~Team() = default;
  virtual int rank() const = 0;  // in [0, size)
  virtual int size() const = 0;
  virtual void send(int to, const std::string& bytes) = 0;
  virtual std::string receive(int from) = 0;
  virtual void broadcast(int from, std::string& bytes) = 0;  // what `from` holds, in all
  virtual bool all_end(double seconds) = 0;                  // whether all have called this within so many seconds
  virtual void leave() = 0;                                  // waits until all leave; no other call after it
  [[noreturn]] virtual void end_all(int code) = 0;           // ends all processes
};

// Called once, at the start of a program. What mpirun starts gets its team from the plugin, a shared library with
//   extern "C" basin::Team* basin_team(std::size_t largest_message);
// in <folder of the executable>/../lib/basin; any other process stays alone. UsageError if there is no plugin.
void join_team();
void join_team(std::unique_ptr<Team> team);  // one of your own

Team* team();       // null: this process is alone
Team* team_here();  // null also where work is not shared out: in a parallel_for, in first_only, on other threads
bool is_first();    // rank 0, or alone

// What each has to say, by rank.
std::vector<std::string> gathered(Team& team, const std::string& own);

// Does this process's part of what all are doing, and waits for the others: if any of them throws, all throw what the
// lowest of these ranks did. Error if they do not agree on `what` they do: other data, or other machines.
void together(Team& team, const std::string& what, const std::function<void()>& part);

// For what is done once, such as writing a file: rank 0 does it while the others wait, and what it throws, all throw.
// Where work is not shared out, or while an exception ends this process, the others do nothing and do not wait.
void first_only(const std::function<void()>& work);

}  // namespace basin
