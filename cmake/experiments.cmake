# experiments/<name>.cpp becomes bin/<name>; report/, cli/ and claims/ are libraries of their own, the other folders
# beside it are one.
find_package(cxxopts 3.1 REQUIRED)
find_package(tomlplusplus 3.3 REQUIRED)

basin_library(experiments/report core)
basin_embed_optional(report d3_min_js /usr/share/nodejs/d3/dist/d3.min.js)
basin_library(experiments/cli core)
target_link_libraries(basin_cli PRIVATE cxxopts::cxxopts tomlplusplus::tomlplusplus)
basin_library(experiments/claims nn interp cli)

file(GLOB shared CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/experiments/*/*.cpp)
list(FILTER shared EXCLUDE REGEX "/experiments/(report|cli|claims)/")
set(kind INTERFACE)
if(shared)
  set(kind PUBLIC)
  add_library(basin_experiments STATIC ${shared})
  target_link_libraries(basin_experiments PRIVATE basin_flags)
else()
  add_library(basin_experiments INTERFACE)
endif()
# A claim registers itself and no code names it, so the linker is told to keep all of them.
target_link_libraries(basin_experiments ${kind} $<LINK_LIBRARY:WHOLE_ARCHIVE,basin_claims> basin::basin basin_cli
  basin_report ${basin_private_dependencies})

add_custom_target(experiments)
file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/experiments/*.cpp)
foreach(source IN LISTS sources)
  get_filename_component(name ${source} NAME_WE)
  basin_executable(${name} ${source})
  target_link_libraries(${name} PRIVATE basin_experiments)
  add_dependencies(experiments ${name})
endforeach()
