# Headers go to include/basin/<folder>/ (report and cli, which come with the experiments, to include/basin/experiments/),
# the CMake package to lib/cmake/basin, basin.pc to lib/pkgconfig. Nothing installed holds a path of this machine, so
# the installed tree can be moved.
include(CMakePackageConfigHelpers)
set(folders core autodiff nn interp)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/basin)

list(TRANSFORM folders PREPEND basin_ OUTPUT_VARIABLE libraries)
set(tools "")
if(BASIN_EXPERIMENTS)
  set(tools report cli)
  list(APPEND libraries basin_report basin_cli)
  install(DIRECTORY experiments/report experiments/cli DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/basin/experiments
    FILES_MATCHING PATTERN "*.h")
endif()
install(TARGETS ${libraries} basin EXPORT basin)
install(EXPORT basin NAMESPACE basin:: FILE basinTargets.cmake DESTINATION ${package_dir})
install(DIRECTORY ${folders} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/basin FILES_MATCHING PATTERN "*.h")
install(FILES basin.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/basin OPTIONAL)

configure_package_config_file(cmake/basinConfig.cmake.in basinConfig.cmake INSTALL_DESTINATION ${package_dir})
set(compatible SameMajorVersion)
if(PROJECT_VERSION_MAJOR EQUAL 0)  # before 1.0.0 a minor version may break what was there
  set(compatible SameMinorVersion)
endif()
write_basic_package_version_file(basinConfigVersion.cmake COMPATIBILITY ${compatible})
install(FILES ${PROJECT_BINARY_DIR}/basinConfig.cmake ${PROJECT_BINARY_DIR}/basinConfigVersion.cmake
  DESTINATION ${package_dir})

# A static library brings no list of what it needs, so then every user must link the dependencies.
set(pc_requires "Requires: fmt")
set(pc_private "Requires.private: openblas libzip zlib igraph")
if(NOT BUILD_SHARED_LIBS)
  set(pc_requires "Requires: fmt openblas libzip zlib igraph")
  set(pc_private "")
endif()
set(pc_libraries "")
foreach(folder interp nn autodiff core)  # users before what they use, as the linker reads them
  get_target_property(type basin_${folder} TYPE)
  if(NOT type STREQUAL "INTERFACE_LIBRARY")
    string(APPEND pc_libraries " -lbasin_${folder}")
  endif()
endforeach()
file(RELATIVE_PATH pc_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
string(REGEX REPLACE "/$" "" pc_prefix ${pc_prefix})
configure_file(cmake/basin.pc.in basin.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/basin.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
