// The colours of figures and graphs; report_style.h and graph.css have their likes on a dark ground.
#pragma once
#include <cstddef>
#include <iterator>

namespace basin::report {

// Told apart with every kind of colour blindness (CIE76 distance above 30 in simulated protan-, deutera- and
// tritanopia), and legible on white and on dark ground.
inline constexpr const char* palette[] = {"#2746e5", "#ee9c0f", "#9031a1", "#25b573", "#b64314", "#a3aadf", "#646055"};
inline constexpr const char* no_colour = "#868d97";       // of what belongs to none
inline constexpr const char* between_colour = "#aeb4bd";  // of what belongs to two
inline constexpr const char* ink = "#3b4048";
inline constexpr const char* grid_ink = "#d9dce1";

inline const char* colour(std::size_t i) { return palette[i % std::size(palette)]; }

}  // namespace basin::report
