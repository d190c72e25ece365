# products - libfreehold.so, libfreehold.a, and the command.
get_property(objects GLOBAL PROPERTY FREEHOLD_OBJECTS)
set(exports ${PROJECT_SOURCE_DIR}/cmake/freehold.map)

add_library(freehold SHARED ${objects})
set_target_properties(freehold PROPERTIES
  LINKER_LANGUAGE C
  VERSION ${PROJECT_VERSION}
  SOVERSION ${PROJECT_VERSION_MAJOR}
  LINK_DEPENDS ${exports})
target_link_options(freehold PRIVATE -Wl,--version-script=${exports})
file(GLOB public_headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/include/freehold/*.h)
target_sources(freehold PUBLIC
  FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}/include FILES ${public_headers})

# One object, hidden names made local: a static archive that exports fh_ only.
add_custom_command(
  OUTPUT libfreehold.a
  COMMAND ${CMAKE_LINKER} -r -o freehold.o ${objects}
  COMMAND ${CMAKE_OBJCOPY} --localize-hidden freehold.o
  COMMAND ${CMAKE_COMMAND} -E rm -f libfreehold.a
  COMMAND ${CMAKE_AR} rcsD libfreehold.a freehold.o
  DEPENDS ${objects}
  COMMAND_EXPAND_LISTS VERBATIM)
add_custom_target(freehold_archive ALL DEPENDS libfreehold.a)

# A front sees the promise and nothing else: include/ is all of its path. The command reads
# gzip'd traces and draws, for which it, and not the library, needs zlib.
find_package(ZLIB REQUIRED)
file(GLOB command_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/front/cli/*.c)
if(command_sources)
  # `freehold bench` runs the benches' own rows: what they share is a part of the command.
  if(EXISTS ${PROJECT_SOURCE_DIR}/bench/kit)
    add_subdirectory(${PROJECT_SOURCE_DIR}/bench/kit bench/kit)
  endif()
  add_executable(freehold_command ${command_sources})
  set_target_properties(freehold_command PROPERTIES OUTPUT_NAME freehold)
  target_link_libraries(freehold_command
    PRIVATE freehold ZLIB::ZLIB $<TARGET_NAME_IF_EXISTS:bench_kit>)
endif()
