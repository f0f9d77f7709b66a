# libFuzzer's executables fuzz_FORMAT, one per file of tests/fuzz, of the sources of the readers alone: those of
# all libraries take ten times as long to build.
set(readers core/bytes core/csv core/csv_text core/file core/file_format core/idx core/json_lines core/names core/npy core/npz
  core/safetensors core/team core/interrupt core/memory core/parallel core/rng core/philox core/normals
  nn/data/csv_data nn/data/csv_target nn/data/dataset
  interp/modules/graph_json_reader interp/modules/graph_readers interp/modules/graphml_reader
  interp/modules/listed_graph interp/modules/xml
  nn/network_folder nn/training_files experiments/shared/same_run
  interp/look/intervention_names interp/look/site_text experiments/look/interventions_file)
list(TRANSFORM readers PREPEND ${PROJECT_SOURCE_DIR}/)
list(TRANSFORM readers APPEND .cpp)
file(GLOB folders CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/experiments/report/*.cpp
  ${PROJECT_SOURCE_DIR}/experiments/cli/*.cpp)
list(FILTER folders EXCLUDE REGEX "/(page_text|experiment|claims|cost|main|progress)[.]cpp$")
list(APPEND readers ${folders})

add_library(fuzz_readers STATIC EXCLUDE_FROM_ALL ${readers})
basin_unity(fuzz_readers ${readers})
target_sources(fuzz_readers PRIVATE ${PROJECT_BINARY_DIR}/generated/graph_css.cpp
  ${PROJECT_BINARY_DIR}/generated/graph_js.cpp ${PROJECT_BINARY_DIR}/generated/graph_controls_js.cpp)
target_compile_features(fuzz_readers PUBLIC cxx_std_20)
target_compile_options(fuzz_readers PRIVATE -Wno-deprecated-declarations  # of libstdc++ 12 inside itself
  -Wno-unknown-pragmas)
target_include_directories(fuzz_readers PUBLIC ${PROJECT_SOURCE_DIR})
target_link_libraries(fuzz_readers PUBLIC basin_flags fmt::fmt doctest::doctest tomlplusplus::tomlplusplus
  cxxopts::cxxopts PkgConfig::BASIN_MD4C ${basin_private_dependencies})

add_custom_target(fuzzers)
foreach(format npy npz safetensors idx csv graph_csv graph_json graphml figure page config interventions
        manifest metrics)
  add_executable(fuzz_${format} EXCLUDE_FROM_ALL tests/fuzz/test_${format}.cpp)
  target_compile_definitions(fuzz_${format} PRIVATE BASIN_FUZZER DOCTEST_CONFIG_DISABLE)
  target_compile_options(fuzz_${format} PRIVATE ${basin_test_optimization})
  target_link_libraries(fuzz_${format} PRIVATE fuzz_readers)
  target_link_options(fuzz_${format} PRIVATE -fsanitize=fuzzer)
  add_dependencies(fuzzers fuzz_${format})
endforeach()
