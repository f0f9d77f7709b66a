// Where a data set that is not shipped lies on this machine.
#pragma once
#include <filesystem>
#include <string>

namespace basin::nn {

// The folder with the IDX files of `name` ("mnist", "fashion-mnist"). With a non-empty `data_dir` (the option
// --data-dir) only <data_dir>/<name> and <data_dir> are looked at. Otherwise, in this order: $BASIN_DATA_DIR/<name>,
// $BASIN_DATA_DIR itself if its last part is <name>, ~/.local/share/basin/<name>, /usr/share/datasets/<name>.
// Throws DataError listing the places looked at.
std::filesystem::path find_data(const std::string& name, const std::filesystem::path& data_dir);

}  // namespace basin::nn
