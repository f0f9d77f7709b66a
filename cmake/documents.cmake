# What is read: manual pages, made of what the programs say to --help, and the documents as HTML. Both are in
# share/ of the build folder as they will be installed.
find_package(Python3 3.9 REQUIRED COMPONENTS Interpreter)

set(man_dir ${PROJECT_BINARY_DIR}/share/man/man1)
set(script ${PROJECT_SOURCE_DIR}/scripts/make_man_pages.py)
set(changelog ${PROJECT_SOURCE_DIR}/CHANGELOG.md)
add_custom_command(OUTPUT ${man_dir}/basin.1.gz DEPENDS ${programs} basin_driver ${script} ${changelog} VERBATIM
  COMMAND Python3::Interpreter ${script} $<TARGET_FILE:basin_driver> ${man_dir} ${changelog}
  COMMENT "Making manual pages")
add_custom_target(man_pages ALL DEPENDS ${man_dir}/basin.1.gz)

set(html_dir ${PROJECT_BINARY_DIR}/share/doc/basin/html)
file(GLOB documents RELATIVE ${PROJECT_SOURCE_DIR} CONFIGURE_DEPENDS *.md docs/*.md course/*.md course/*/*.md
  interp/*.md benchmarks/peers/*.md data/*.md)
list(FILTER documents EXCLUDE REGEX "^course/student/")  # lies in a tree of its own
file(GLOB_RECURSE pictures CONFIGURE_DEPENDS docs/figures/* course/*.svg)
list(TRANSFORM documents PREPEND ${PROJECT_SOURCE_DIR}/ OUTPUT_VARIABLE document_files)
add_executable(make_html EXCLUDE_FROM_ALL scripts/make_html.cpp)
target_link_libraries(make_html PRIVATE basin_flags basin_report basin_cli)
set_target_properties(make_html PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/generated)
add_custom_command(OUTPUT ${html_dir}/index.html DEPENDS make_html ${document_files} ${pictures} VERBATIM
  COMMAND make_html ${PROJECT_SOURCE_DIR} ${html_dir} ${documents} COMMENT "Making HTML pages of the documents")
add_custom_target(docs_html ALL DEPENDS ${html_dir}/index.html)

if(BASIN_INSTALL)
  install(DIRECTORY ${man_dir} DESTINATION ${CMAKE_INSTALL_MANDIR})
  install(DIRECTORY ${html_dir} DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/basin)
endif()
