# install - what goes where; tools/uninstall takes back exactly this.
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/freehold)
set(pkgconfig_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

install(TARGETS freehold EXPORT freehold
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
  FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
# Not a part of the package: a program takes it by LD_PRELOAD, or links with -lfreehold-malloc.
if(TARGET freehold_malloc)
  install(TARGETS freehold_malloc LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
endif()
install(FILES ${PROJECT_BINARY_DIR}/libfreehold.a DESTINATION ${CMAKE_INSTALL_LIBDIR})

if(TARGET freehold_command)
  # Outside the system's own prefixes the loader would not find the library by itself.
  if(NOT CMAKE_INSTALL_PREFIX STREQUAL "/usr")
    file(RELATIVE_PATH lib_from_bin ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_LIBDIR})
    set_target_properties(freehold_command PROPERTIES INSTALL_RPATH "$ORIGIN/${lib_from_bin}")
  endif()
  install(TARGETS freehold_command RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()

install(EXPORT freehold NAMESPACE freehold:: FILE freehold-targets.cmake DESTINATION ${package_dir})
configure_package_config_file(cmake/freehold-config.cmake.in freehold-config.cmake
  INSTALL_DESTINATION ${package_dir}
  PATH_VARS CMAKE_INSTALL_LIBDIR CMAKE_INSTALL_INCLUDEDIR
  NO_SET_AND_CHECK_MACRO NO_CHECK_REQUIRED_COMPONENTS_MACRO)
write_basic_package_version_file(freehold-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES
  ${PROJECT_BINARY_DIR}/freehold-config.cmake
  ${PROJECT_BINARY_DIR}/freehold-config-version.cmake
  DESTINATION ${package_dir})

file(RELATIVE_PATH PREFIX_FROM_PKGCONFIG /${pkgconfig_dir} /)
string(REGEX REPLACE "/$" "" PREFIX_FROM_PKGCONFIG ${PREFIX_FROM_PKGCONFIG})
configure_file(cmake/freehold.pc.in freehold.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/freehold.pc DESTINATION ${pkgconfig_dir})

file(GLOB pages CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/man/*.[1-7])
foreach(page IN LISTS pages)
  string(REGEX MATCH "[1-7]$" section ${page})
  install(FILES ${page} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
endforeach()

if(EXISTS ${PROJECT_SOURCE_DIR}/completions/freehold.bash)
  install(FILES completions/freehold.bash
    DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME freehold)
endif()
