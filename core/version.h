// The version of basin, read by the build too: the one place where it is written.
#pragma once

#define BASIN_VERSION "1.0.0"
