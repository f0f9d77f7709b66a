# `cpack -G DEB` in a build folder makes one Debian package of programs, library, manual pages and documents.
# scripts/check_package.sh tries it on a fresh system.
set(doc_dir ${CMAKE_INSTALL_DATADIR}/doc/basin)
set(BASIN_MAINTAINER "The basin authors <basin@example.org>" CACHE STRING "maintainer of the Debian package")
string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)  # or that of SOURCE_DATE_EPOCH
configure_file(cmake/debian/changelog.in ${PROJECT_BINARY_DIR}/changelog.Debian @ONLY)
foreach(text ${PROJECT_BINARY_DIR}/changelog.Debian ${PROJECT_SOURCE_DIR}/CHANGELOG.md)
  get_filename_component(name ${text} NAME)
  string(REPLACE CHANGELOG.md changelog packed ${PROJECT_BINARY_DIR}/${name}.gz)
  add_custom_command(OUTPUT ${packed} DEPENDS ${text} VERBATIM
    COMMAND sh -c "gzip -9nc \"$1\" > \"$2\"" _ ${text} ${packed})
  list(APPEND changelogs ${packed})
endforeach()
add_custom_target(changelogs ALL DEPENDS ${changelogs})
install(FILES ${changelogs} cmake/debian/copyright DESTINATION ${doc_dir})

# What a program that is compiled against basin needs; what the programs themselves are linked with is found by
# dpkg-shlibdeps, and figures are drawn by gnuplot.
set(CPACK_DEBIAN_PACKAGE_DEPENDS gnuplot-nox libfmt-dev libigraph-dev libmd4c-dev libmd4c-html0-dev libopenblas-dev
  libtomlplusplus-dev libzip-dev nlohmann-json3-dev zlib1g-dev)
list(JOIN CPACK_DEBIAN_PACKAGE_DEPENDS ", " CPACK_DEBIAN_PACKAGE_DEPENDS)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "cmake, g++, pkg-config")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "python3-numpy")

set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_MAINTAINER ${BASIN_MAINTAINER})
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_PACKAGE_NAME basin)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY ${PROJECT_DESCRIPTION})
set(CPACK_PACKAGE_DESCRIPTION_FILE ${PROJECT_SOURCE_DIR}/cmake/debian/description)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_GENERATOR DEB)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE
  WORLD_READ WORLD_EXECUTE)
include(CPack)
