# How everything here is compiled, and the functions that make libraries and executables from folders.
include(GNUInstallDirs)

# -fno-math-errno and -fno-trapping-math change no result: they let sqrt and selections be vectorised. g++ 12 warns of
# overlapping copies inside its own std::string (-Wrestrict), wrongly.
set(CMAKE_CXX_EXTENSIONS OFF)
add_library(basin_flags INTERFACE)
target_compile_options(basin_flags INTERFACE -Wall -Wextra -Wpedantic -fno-math-errno -fno-trapping-math
  $<$<NOT:$<BOOL:${BASIN_UNITY}>>:-Wshadow> $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
  $<$<BOOL:${BASIN_WERROR}>:-Werror> $<$<BOOL:${BASIN_NATIVE}>:-march=native>)
if(BASIN_SANITIZE)
  target_compile_options(basin_flags INTERFACE -fsanitize=${BASIN_SANITIZE} -fno-sanitize-recover=all
    -fno-omit-frame-pointer)
  target_link_options(basin_flags INTERFACE -fsanitize=${BASIN_SANITIZE})
endif()

# Tests are compiled longer than they compute, and it is the libraries that sanitizers are to look into: in the code of
# tests only the heap is watched.
set(basin_test_optimization -O1)
if(BASIN_SANITIZE)
  list(APPEND basin_test_optimization -fno-sanitize=undefined)
  if(BASIN_SANITIZE MATCHES address AND CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    list(APPEND basin_test_optimization --param asan-stack=0)
  endif()
endif()

# basin_unity(target sources...): files of one folder are compiled together, ten at most. Folders keep what may not meet
# apart: every experiment has its own `run`. What a file calls `rows` is its own business: that a name shadows one of a
# neighbouring file is no fault, so only builds without BASIN_UNITY warn of it.
function(basin_unity target)
  if(NOT BASIN_UNITY)
    return()
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
  foreach(source IN LISTS ARGN)
    get_filename_component(folder ${source} DIRECTORY)
    string(MD5 key ${folder})
    math(EXPR count "0${count_${key}} + 1")
    set(count_${key} ${count})
    math(EXPR part "${count} / 10")
    file(RELATIVE_PATH group ${PROJECT_SOURCE_DIR} ${folder})
    string(MAKE_C_IDENTIFIER "${group}_${part}" group)
    set_source_files_properties(${source} PROPERTIES UNITY_GROUP ${group})
  endforeach()
endfunction()

# basin_library(folder uses...): the library of one folder. A folder without .cpp files gives a library of headers.
function(basin_library folder)
  get_filename_component(name ${folder} NAME)
  list(TRANSFORM ARGN PREPEND basin_ OUTPUT_VARIABLE uses)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${folder}/*.cpp)
  set(target basin_${name})
  set(kind INTERFACE)
  if(sources OR name MATCHES "^(nn|interp)$")
    add_library(${target} ${sources})
    set(kind PUBLIC)
    target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:basin_flags> ${basin_private_dependencies})
    set_target_properties(${target} PROPERTIES LINKER_LANGUAGE CXX)
    basin_unity(${target} ${sources})
  else()
    add_library(${target} INTERFACE)
  endif()
  add_library(basin::${name} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  target_compile_features(${target} ${kind} cxx_std_20)
  target_link_libraries(${target} ${kind} ${uses} fmt::fmt)
  target_include_directories(${target} ${kind} $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/basin>)
endfunction()

# basin_executable(name sources...): an executable with basin and its private dependencies.
function(basin_executable name)
  add_executable(${name} ${ARGN})
  target_link_libraries(${name} PRIVATE basin_flags basin::basin ${basin_private_dependencies})
endfunction()

# basin_embed(library patterns...): the files become basin::embedded::<file name as an identifier>, ..._size.
function(basin_embed library)
  list(TRANSFORM ARGN PREPEND ${PROJECT_SOURCE_DIR}/ OUTPUT_VARIABLE patterns)
  file(GLOB files CONFIGURE_DEPENDS ${patterns})
  foreach(file IN LISTS files)
    get_filename_component(name ${file} NAME)
    string(MAKE_C_IDENTIFIER ${name} symbol)
    basin_embed_file(${library} ${symbol} ${file})
  endforeach()
endfunction()

function(basin_embed_file library symbol file)
  set(script ${PROJECT_SOURCE_DIR}/cmake/embed.cmake)
  set(output ${PROJECT_BINARY_DIR}/generated/${symbol}.cpp)
  file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/generated)
  add_custom_command(OUTPUT ${output} DEPENDS ${file} ${script} VERBATIM COMMENT "Embedding ${file}"
    COMMAND ${CMAKE_COMMAND} -DINPUT=${file} -DOUTPUT=${output} -DSYMBOL=${symbol} -P ${script})
  target_sources(basin_${library} PRIVATE ${output})
endfunction()
