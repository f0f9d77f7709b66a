# experiments/<name>.cpp becomes bin/<name>; the folders beside it are one library.
find_package(cxxopts 3.1 REQUIRED)
find_package(tomlplusplus 3.3 REQUIRED)

file(GLOB shared CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/experiments/*/*.cpp)
set(kind INTERFACE)
if(shared)
  set(kind PUBLIC)
  add_library(basin_experiments STATIC ${shared})
  target_link_libraries(basin_experiments PRIVATE basin_flags)
else()
  add_library(basin_experiments INTERFACE)
endif()
target_link_libraries(basin_experiments ${kind} basin::basin cxxopts::cxxopts tomlplusplus::tomlplusplus
  ${basin_private_dependencies})

add_custom_target(experiments)
file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/experiments/*.cpp)
foreach(source IN LISTS sources)
  get_filename_component(name ${source} NAME_WE)
  basin_executable(${name} ${source})
  target_link_libraries(${name} PRIVATE basin_experiments)
  add_dependencies(experiments ${name})
endforeach()
