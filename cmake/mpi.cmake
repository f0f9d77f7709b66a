# The plugin that core/team.h loads where mpirun starts a program, so that no library and no executable depends on MPI
# and one build serves one process and many.
set(MPI_CXX_SKIP_MPICXX ON)
find_package(MPI REQUIRED COMPONENTS CXX)
add_library(basin_mpi MODULE ${PROJECT_SOURCE_DIR}/mpi/mpi_team.cpp)
target_link_libraries(basin_mpi PRIVATE basin_flags MPI::MPI_CXX)
target_compile_features(basin_mpi PRIVATE cxx_std_20)
target_include_directories(basin_mpi PRIVATE ${PROJECT_SOURCE_DIR})
set_target_properties(basin_mpi PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib/basin)
if(BASIN_INSTALL)
  install(TARGETS basin_mpi LIBRARY DESTINATION lib/basin)
endif()
