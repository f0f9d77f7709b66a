// The options of a program that is none, and what they refuse.
#pragma once
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "experiments/cli/options.h"

inline basin::experiments::Options declared() {
  basin::experiments::Options o("train_demo", "Trains a demo.", {"train_demo --preset quick"});
  o.add_int("epochs", 10, "passes over the data", 1, 1000)
      .add_double("learning-rate", 1e-3, "step size", 0, 10)
      .add_ints("widths", "64,32", "neurons per hidden layer", 1, 4096)
      .add_choice("optimizer", "adam", {"sgd", "adam", "adamw"}, "how to step")
      .add_string("label", "", "a free text")
      .add_flag("bias", "have biases", true)
      .add_data("digits", "what to learn")
      .add_preset("quick", {{"epochs", "2"}, {"widths", "8"}, {"seed", "5"}})
      .add_preset("paper", {{"epochs", "500"}});
  return o;
}

inline void parse(basin::experiments::Options& o, std::vector<const char*> words) {
  words.insert(words.begin(), "bin/train_demo");
  o.parse(int(words.size()), words.data());
}

inline basin::experiments::Options parsed(const std::vector<const char*>& words) {
  basin::experiments::Options o = declared();
  parse(o, words);
  return o;
}

inline std::string refusal(const std::vector<const char*>& words) {
  try {
    parsed(words);
  } catch (const basin::UsageError& e) {
    return e.what();
  }
  return "nothing was refused";
}

inline bool says(const std::string& text, const std::string& part) {
  INFO(text);
  bool found = text.find(part) != std::string::npos;
  CHECK_MESSAGE(found, "wanted in it: " << part);
  return found;
}
