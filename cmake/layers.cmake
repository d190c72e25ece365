# layer(NAME USES LOWER...) - one folder of src/, one library.
#
# The USES list is the architecture: it feeds the linker (link_NAME below fails on an
# undeclared use) and tools/check-layers (which reads this very call). The objects of every
# layer are collected in the global property FREEHOLD_OBJECTS, for the products.
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/empty_main.c CONTENT "int main(void)\n{\n    return 0;\n}\n")

function(layer name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "USES")
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*.c)
  file(GLOB headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*.h)
  list(TRANSFORM arg_USES PREPEND layer_ OUTPUT_VARIABLE lower_layers)

  if(NOT sources)
    # A layer that is only begun: its headers and its place in the order.
    add_library(layer_${name} INTERFACE)
    target_include_directories(layer_${name} INTERFACE ${PROJECT_SOURCE_DIR}/include)
    target_sources(layer_${name} INTERFACE
      FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}/src FILES ${headers})
    target_link_libraries(layer_${name} INTERFACE ${lower_layers})
    return()
  endif()

  add_library(${name}_objects OBJECT ${sources})
  target_include_directories(${name}_objects
    PUBLIC ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/include)
  set_property(GLOBAL APPEND PROPERTY FREEHOLD_OBJECTS $<TARGET_OBJECTS:${name}_objects>)

  add_library(layer_${name} STATIC $<TARGET_OBJECTS:${name}_objects>)
  set_target_properties(layer_${name} PROPERTIES LINKER_LANGUAGE C)
  target_sources(layer_${name} PUBLIC
    FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}/src FILES ${headers})
  target_include_directories(layer_${name} PUBLIC ${PROJECT_SOURCE_DIR}/include)
  target_link_libraries(layer_${name} PUBLIC ${lower_layers})

  # Every object of the layer, with nothing that it did not declare, must link.
  add_executable(link_${name} ${PROJECT_BINARY_DIR}/empty_main.c)
  target_link_libraries(link_${name} PRIVATE $<LINK_LIBRARY:WHOLE_ARCHIVE,layer_${name}>)
endfunction()
