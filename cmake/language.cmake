# language - what C we write, and what the compilers are asked to say about it.
#
# Warnings are errors in the developer presets (CMAKE_COMPILE_WARNING_AS_ERROR), never for
# who builds a release with a compiler that we have not seen.
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "Debug, Release, RelWithDebInfo" FORCE)
endif()
set(CMAKE_C_FLAGS_DEBUG "-O1 -g3")
set(CMAKE_C_FLAGS_RELEASE "-O2")
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O2 -g")

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
link_libraries(Threads::Threads)

# Linux extras are asked for by the sources of os/ that need them.
add_compile_definitions(_POSIX_C_SOURCE=200809L _FILE_OFFSET_BITS=64)
if(FREEHOLD_AUDITS)
  add_compile_definitions(FREEHOLD_AUDITS)
endif()
if(FREEHOLD_PROBES)
  include(CheckIncludeFile)
  check_include_file(sys/sdt.h FREEHOLD_HAS_SDT_H)
  if(NOT FREEHOLD_HAS_SDT_H)
    message(FATAL_ERROR "FREEHOLD_PROBES needs sys/sdt.h (Debian: systemtap-sdt-dev)")
  endif()
  add_compile_definitions(FREEHOLD_PROBES)
endif()
# __FILE__ as the reader knows it, and the same in every build folder.
add_compile_options(-fmacro-prefix-map=${PROJECT_SOURCE_DIR}/=)

add_compile_options(
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes
  -Wvla -Wundef -Wcast-qual -Wformat=2 -Wwrite-strings -Wswitch-enum)
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
  add_compile_options(-fno-semantic-interposition)
elseif(CMAKE_VERIFY_INTERFACE_HEADER_SETS)
  # A header may well consist of macros alone.
  add_compile_options(-Wno-empty-translation-unit)
endif()
