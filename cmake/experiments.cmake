# experiments/<name>.cpp becomes bin/<name>, installed as libexec/basin/<name>; report/, cli/ and claims/ are libraries of their own, the other folders
# beside it are one.
find_package(cxxopts 3.1 REQUIRED)
find_package(tomlplusplus 3.3 REQUIRED)

basin_library(experiments/report core)
basin_embed(report experiments/report/graph*.css experiments/report/graph*.js)
target_link_libraries(basin_report PRIVATE PkgConfig::BASIN_MD4C
  PUBLIC $<INSTALL_INTERFACE:nlohmann_json::nlohmann_json>)  # tables are made of it
basin_library(experiments/cli core)
target_link_libraries(basin_cli PRIVATE $<BUILD_INTERFACE:cxxopts::cxxopts> tomlplusplus::tomlplusplus)
basin_library(experiments/claims nn interp cli)

file(GLOB shared CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/experiments/*/*.cpp)
list(FILTER shared EXCLUDE REGEX "/experiments/(report|cli|claims)/")
set(kind INTERFACE)
if(shared)
  set(kind PUBLIC)
  add_library(basin_experiments STATIC ${shared})
  basin_unity(basin_experiments ${shared})
  target_link_libraries(basin_experiments PRIVATE basin_flags tomlplusplus::tomlplusplus)
else()
  add_library(basin_experiments INTERFACE)
endif()
# A claim registers itself and no code names it, so the linker is told to keep all of them.
target_link_libraries(basin_experiments ${kind} $<LINK_LIBRARY:WHOLE_ARCHIVE,basin_claims> basin::basin basin_cli
  basin_report ${basin_private_dependencies})

# experiments/<folder>/report.md is the page <folder>: compiled in, and where it can be edited, share/basin/pages (in a
# build tree a link to the source).
file(GLOB pages CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/experiments/*/report.md)
set(page_declarations "")
set(page_entries "")
file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/share/basin/pages)
foreach(page IN LISTS pages)
  get_filename_component(folder ${page} DIRECTORY)
  get_filename_component(name ${folder} NAME)
  basin_embed_file(report page_${name} ${page})
  file(CREATE_LINK ${page} ${PROJECT_BINARY_DIR}/share/basin/pages/${name}.md SYMBOLIC)
  string(APPEND page_declarations
    "extern const unsigned char page_${name}[];\nextern const std::size_t page_${name}_size;\n")
  string(APPEND page_entries "{\"${name}\", page_${name}, page_${name}_size}, ")
  if(BASIN_INSTALL)
    install(FILES ${page} DESTINATION ${CMAKE_INSTALL_DATADIR}/basin/pages RENAME ${name}.md)
  endif()
endforeach()
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/generated/pages.cpp @ONLY CONTENT [[#include <cstddef>
#include <span>
namespace basin::embedded {
struct Page {
  const char* name;
  const unsigned char* bytes;
  std::size_t size;
};
@page_declarations@
std::span<const Page> pages() {
  static const Page all[] = {@page_entries@{"", nullptr, 0}};
  return std::span(all).first(std::size(all) - 1);
}
}  // namespace basin::embedded
]])
target_sources(basin_report PRIVATE ${PROJECT_BINARY_DIR}/generated/pages.cpp)

add_custom_target(experiments)
file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/experiments/*.cpp)
list(REMOVE_ITEM sources ${PROJECT_SOURCE_DIR}/experiments/basin.cpp)
set(programs "")
foreach(source IN LISTS sources)
  get_filename_component(name ${source} NAME_WE)
  list(APPEND programs ${name})
  basin_executable(${name} ${source})
  target_link_libraries(${name} PRIVATE basin_experiments)
  add_dependencies(experiments ${name})
endforeach()

# bin/basin starts the others. Names such as `look` belong to other packages of a system, so these are not in bin.
set(libexec_dir ${CMAKE_INSTALL_LIBEXECDIR}/basin)
add_executable(basin_driver experiments/basin.cpp)
set_target_properties(basin_driver PROPERTIES OUTPUT_NAME basin)
target_link_libraries(basin_driver PRIVATE basin_flags basin_cli)
list(JOIN programs " " program_names)
file(RELATIVE_PATH libexec_from_bin /${CMAKE_INSTALL_BINDIR} /${libexec_dir})
target_compile_definitions(basin_driver PRIVATE BASIN_PROGRAMS="${program_names}" BASIN_LIBEXEC="${libexec_from_bin}"
  BASIN_DESCRIPTION="${PROJECT_DESCRIPTION}")
add_dependencies(experiments basin_driver)
if(BASIN_INSTALL)
  install(TARGETS basin_driver)
  install(TARGETS ${programs} DESTINATION ${libexec_dir})
endif()
