# product_tests - what is asked of the whole: cases, transcripts, old files, examples, the walls.

# cases/*.case, one test each, given to the one runner.
file(GLOB cases CONFIGURE_DEPENDS cases/*.case)
if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/cases/run_cases.c)
  test_program(run_cases layer_kv cases/run_cases.c)
  foreach(case IN LISTS cases)
    get_filename_component(name ${case} NAME_WE)
    freehold_test(cases/${name} cases 120 run_cases ${case})
  endforeach()
endif()

# cases/freelist/*.case, one test each: the command runs them, with both policies.
file(GLOB cases CONFIGURE_DEPENDS cases/freelist/*.case)
if(TARGET freehold_command)
  foreach(case IN LISTS cases)
    get_filename_component(name ${case} NAME_WE)
    freehold_test(cases/freelist/${name} cases 120 freehold_command lab --freelist ${case})
  endforeach()
endif()

# cli/*.t, one test each.
file(GLOB transcripts CONFIGURE_DEPENDS cli/*.t)
if(TARGET freehold_command)
  foreach(transcript IN LISTS transcripts)
    get_filename_component(name ${transcript} NAME_WE)
    freehold_test(cli/${name} cli 300
      sh ${CMAKE_CURRENT_SOURCE_DIR}/cli/run_transcript.sh $<TARGET_FILE:freehold_command> ${transcript})
  endforeach()
endif()

# page/*_test.sh: what the command draws, in a real browser. 77: there is none here.
file(GLOB pages CONFIGURE_DEPENDS page/*_test.sh)
if(TARGET freehold_command)
  foreach(script IN LISTS pages)
    get_filename_component(name ${script} NAME_WE)
    string(REGEX REPLACE "_test$" "" name ${name})
    freehold_test(page/${name} page 300 sh ${script} $<TARGET_FILE:freehold_command>)
    set_tests_properties(page/${name} PROPERTIES SKIP_RETURN_CODE 77)
  endforeach()
endif()

# compat/NAME/, one test each: files that were written once.
file(GLOB cases CONFIGURE_DEPENDS compat/*/sizes)
if(TARGET freehold_command)
  foreach(sizes IN LISTS cases)
    get_filename_component(case ${sizes} DIRECTORY)
    get_filename_component(name ${case} NAME)
    freehold_test(compat/${name} compat 60
      sh ${CMAKE_CURRENT_SOURCE_DIR}/compat/run_case.sh $<TARGET_FILE:freehold_command> ${case})
  endforeach()
endif()

# examples/*.c see include/ alone, like any user, and run in an empty folder.
file(GLOB examples CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/examples/*.c)
foreach(example IN LISTS examples)
  get_filename_component(name ${example} NAME_WE)
  add_executable(example_${name} ${example})
  target_link_libraries(example_${name} PRIVATE freehold)
  freehold_test(examples/${name} examples 120
    sh ${CMAKE_CURRENT_SOURCE_DIR}/support/in_empty_folder.sh $<TARGET_FILE:example_${name}>)
endforeach()

# house/*_test.sh: each wall stands, and falls on who climbs it. 77: a tool is missing here.
file(GLOB house CONFIGURE_DEPENDS house/*_test.sh)
foreach(script IN LISTS house)
  get_filename_component(name ${script} NAME_WE)
  string(REGEX REPLACE "_test$" "" name ${name})
  freehold_test(house/${name} house 300 sh ${script})
  set_tests_properties(house/${name} PROPERTIES
    SKIP_RETURN_CODE 77
    ENVIRONMENT "FREEHOLD_SOURCE=${PROJECT_SOURCE_DIR};FREEHOLD_BUILD=${PROJECT_BINARY_DIR};CC=${CMAKE_C_COMPILER};CFLAGS=${CMAKE_C_FLAGS}")
endforeach()

# cost/: instructions of a few operations, in code as it is released whatever this build is.
# Instrumented builds and other compilers have no such program; the test says so and skips.
set(cost_program ${CMAKE_CURRENT_BINARY_DIR}/cost_operations)
if(CMAKE_C_COMPILER_ID STREQUAL "GNU" AND NOT CMAKE_C_FLAGS MATCHES "-fsanitize|--coverage")
  file(GLOB cost_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/*/*.c)
  add_executable(cost_operations cost/operations.c ${cost_sources})
  target_include_directories(cost_operations
    PRIVATE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/include)
  target_compile_options(cost_operations PRIVATE -O2 -UFREEHOLD_AUDITS)
endif()
freehold_test(cost/instructions cost 300
  sh ${CMAKE_CURRENT_SOURCE_DIR}/cost/instructions.sh ${cost_program} ${CMAKE_C_COMPILER})
set_tests_properties(cost/instructions PROPERTIES SKIP_RETURN_CODE 77)
