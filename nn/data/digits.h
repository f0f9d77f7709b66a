// The UCI handwritten digits: 1,797 images of 8 x 8 pixels, the default data set (data/README.md: source, licence).
// The numbers are part of the library (cmake/embed.cmake), so no file is needed.
#pragma once
#include "nn/data/dataset.h"

namespace basin::nn {

// x [1797, 64], pixels divided by 16, in the order of the source; y [1797], ten classes.
Dataset all_digits();

// The fixed split of every result about the digits: split(all_digits(), 0.8, 0), 1,437 for training, 360 for testing.
Split load_digits();

}  // namespace basin::nn
