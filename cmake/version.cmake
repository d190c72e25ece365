# version - FREEHOLD_VERSION, read from the header that states it.
set(version_header ${CMAKE_CURRENT_LIST_DIR}/../include/freehold/version.h)
file(STRINGS ${version_header} version_line REGEX "^#define FH_VERSION_TEXT ")
string(REGEX MATCH "[0-9]+\\.[0-9]+\\.[0-9]+" FREEHOLD_VERSION "${version_line}")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${version_header})
