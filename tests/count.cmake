# count - instructions, counted by callgrind over the code as users get it: not with audits, not
# instrumented. The state and the work are the bench's.
find_path(CALLGRIND_INCLUDE_DIR valgrind/callgrind.h)
if(CALLGRIND_INCLUDE_DIR AND NOT FREEHOLD_AUDITS AND NOT CMAKE_C_FLAGS MATCHES "-fsanitize|--coverage")
  set(bench ${PROJECT_SOURCE_DIR}/bench)
  add_executable(space_count count/space_count.c
    ${bench}/space/layout.c ${bench}/space/rival_freehold.c ${bench}/space/steady.c
    ${bench}/kit/stop.c)
  target_include_directories(space_count PRIVATE ${bench} ${bench}/kit ${bench}/space ${CALLGRIND_INCLUDE_DIR})
  target_link_libraries(space_count PRIVATE layer_space)
  target_link_options(space_count PRIVATE -s) # valgrind may not know the compiler's debug format
  freehold_test(count/space count 300
    sh ${CMAKE_CURRENT_SOURCE_DIR}/count/space_count_test.sh $<TARGET_FILE:space_count>)
  set_tests_properties(count/space PROPERTIES SKIP_RETURN_CODE 77)
endif()
