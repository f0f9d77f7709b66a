// What a command of TeX that stands for one sign is in MathML.
#pragma once
#include <array>
#include <string_view>

namespace basin::report {

struct Symbol {
  std::string_view name, open, text;  // open: the element and its attributes
  bool limits = false;                // subscripts stand below it
};

inline constexpr std::string_view letter = "mi", upright = "mi mathvariant=\"normal\"", sign = "mo",
                                  word = "mo lspace=\"0.1em\" rspace=\"0.17em\" movablelimits=\"false\"",
                                  large = "mo movablelimits=\"false\"", fence = "mo stretchy=\"false\"";

inline constexpr std::array symbols{
    Symbol{"alpha", letter, "α"},     Symbol{"beta", letter, "β"},       Symbol{"gamma", letter, "γ"},
    Symbol{"delta", letter, "δ"},     Symbol{"varepsilon", letter, "ε"}, Symbol{"theta", letter, "θ"},
    Symbol{"lambda", letter, "λ"},    Symbol{"nu", letter, "ν"},         Symbol{"rho", letter, "ρ"},
    Symbol{"sigma", letter, "σ"},     Symbol{"tau", letter, "τ"},        Symbol{"varphi", letter, "φ"},
    Symbol{"Delta", upright, "Δ"},    Symbol{"Lambda", upright, "Λ"},    Symbol{"Phi", upright, "Φ"},
    Symbol{"nabla", upright, "∇"},    Symbol{"partial", upright, "∂"},   Symbol{"top", upright, "⊤"},
    Symbol{"#", upright, "#"},        Symbol{"dots", upright, "…"},      Symbol{"le", sign, "≤"},
    Symbol{"ge", sign, "≥"},          Symbol{"in", sign, "∈"},           Symbol{"ni", sign, "∋"},
    Symbol{"to", sign, "→"},          Symbol{"approx", sign, "≈"},       Symbol{"propto", sign, "∝"},
    Symbol{"cdot", sign, "⋅"},        Symbol{"circ", sign, "∘"},         Symbol{"times", sign, "×"},
    Symbol{"pm", sign, "±"},          Symbol{"lVert", fence, "‖"},       Symbol{"rVert", fence, "‖"},
    Symbol{"{", fence, "{"},          Symbol{"}", fence, "}"},           Symbol{"int", large, "∫"},
    Symbol{"sum", large, "∑", true},  Symbol{"prod", large, "∏", true},  Symbol{"lim", word, "lim", true},
    Symbol{"max", word, "max", true}, Symbol{"min", word, "min", true},  Symbol{"log", word, "log"},
    Symbol{"exp", word, "exp"},
};

// Blanks in em.
struct Blank {
  std::string_view name, width;
};
inline constexpr std::array blanks{Blank{",", "0.17"}, Blank{";", "0.28"}, Blank{" ", "0.25"}, Blank{"quad", "1"},
                                   Blank{"qquad", "2"}};

}  // namespace basin::report
