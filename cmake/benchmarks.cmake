# benchmarks/<name>.cpp becomes bin/bench_<name>.
find_package(benchmark REQUIRED)

add_custom_target(benchmarks)
file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/benchmarks/*.cpp)
foreach(source IN LISTS sources)
  get_filename_component(name ${source} NAME_WE)
  string(REGEX REPLACE "^bench_" "" name ${name})
  basin_executable(bench_${name} ${source})
  target_link_libraries(bench_${name} PRIVATE benchmark::benchmark_main)
  add_dependencies(benchmarks bench_${name})
endforeach()
