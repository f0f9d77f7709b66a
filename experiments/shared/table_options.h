// How a table given as --data is read: options that several executables share.
#pragma once
#include "experiments/cli/options.h"
#include "nn/data/registry.h"

namespace basin::experiments {

// target, task, separator, header, standardise.
void add_table_options(Options& options);

// Their values, into those of all data sets.
void read_table_options(const Options& options, nn::DataOptions& into);

// A line on stderr, unless --quiet, of what the reader of the data was left to decide.
void say_reading(const Options& options, const nn::Dataset& data);

// "classes: setosa, versicolor" with a line end, for summaries; nothing where classes are called 0, 1, 2, ….
std::string classes_line(const nn::Dataset& data);

// Their names as a JSON array; null where there are none.
std::string classes_json(const nn::Dataset& data);

}  // namespace basin::experiments
