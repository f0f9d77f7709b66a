# What basin is built on; packages.txt names the Debian packages. OpenBLAS and libzip are found by pkg-config: the
# CMake files of the one give no target, those of the other ask for programs that the -dev package does not carry.
set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL ON)
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED)
find_package(fmt 9 REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(BASIN_OPENBLAS REQUIRED IMPORTED_TARGET GLOBAL openblas)
pkg_check_modules(BASIN_LIBZIP REQUIRED IMPORTED_TARGET GLOBAL libzip)
pkg_check_modules(BASIN_MD4C REQUIRED IMPORTED_TARGET GLOBAL md4c-html)
pkg_check_modules(BASIN_IGRAPH REQUIRED IMPORTED_TARGET GLOBAL igraph)

# Linked by every library and never seen in its headers; the JSON library is all headers, so users do not need it.
set(basin_private_dependencies PkgConfig::BASIN_OPENBLAS PkgConfig::BASIN_LIBZIP ZLIB::ZLIB Threads::Threads
  $<BUILD_INTERFACE:nlohmann_json::nlohmann_json>)
