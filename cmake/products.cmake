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

# The C library's malloc: for LD_PRELOAD, or to link with. malloc and free are fh_malloc and
# fh_free themselves. Of the layers it has what they need and no more.
file(GLOB malloc_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/front/malloc/*.c)
if(malloc_sources)
  set(malloc_exports ${PROJECT_SOURCE_DIR}/cmake/freehold-malloc.map)
  add_library(freehold_malloc SHARED ${malloc_sources})
  target_include_directories(freehold_malloc PRIVATE ${PROJECT_SOURCE_DIR}/include)
  # The compiler knows what malloc does and would turn one of ours into a call of another.
  target_compile_options(freehold_malloc PRIVATE -fno-builtin)
  set_target_properties(freehold_malloc PROPERTIES
    OUTPUT_NAME freehold-malloc
    LINKER_LANGUAGE C
    VERSION ${PROJECT_VERSION}
    SOVERSION ${PROJECT_VERSION_MAJOR}
    LINK_DEPENDS ${malloc_exports})
  target_link_libraries(freehold_malloc PRIVATE $<LINK_ONLY:layer_heap>)
  target_link_options(freehold_malloc PRIVATE
    -Wl,--version-script=${malloc_exports}
    -Wl,--defsym=malloc=fh_malloc -Wl,--defsym=free=fh_free -Wl,-z,now)
endif()
