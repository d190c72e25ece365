# count - instructions, counted by callgrind over the code as users get it: not with audits, not
# instrumented. The state and the work are the bench's.
find_path(CALLGRIND_INCLUDE_DIR valgrind/callgrind.h)
if(CALLGRIND_INCLUDE_DIR AND NOT FREEHOLD_AUDITS AND NOT CMAKE_C_FLAGS MATCHES "-fsanitize|--coverage")
  set(bench ${PROJECT_SOURCE_DIR}/bench)
  add_executable(space_count count/space_count.c
    ${bench}/space/layout.c ${bench}/space/rival_freehold.c ${bench}/space/steady.c
    ${bench}/kit/stop.c)
  target_include_directories(space_count PRIVATE ${bench}/kit ${bench}/space ${CALLGRIND_INCLUDE_DIR})
  target_link_libraries(space_count PRIVATE layer_space)
  target_link_options(space_count PRIVATE -s) # valgrind may not know the compiler's debug format
  freehold_test(count/space count 300
    sh ${CMAKE_CURRENT_SOURCE_DIR}/count/space_count_test.sh $<TARGET_FILE:space_count>)
  set_tests_properties(count/space PROPERTIES SKIP_RETURN_CODE 77)

  add_executable(readers_count count/readers_count.c ${bench}/held.c ${bench}/kit/stop.c)
  target_include_directories(readers_count PRIVATE ${bench} ${bench}/kit ${CALLGRIND_INCLUDE_DIR})
  target_link_libraries(readers_count PRIVATE layer_kv)
  target_link_options(readers_count PRIVATE -s)
  freehold_test(count/readers count 300
    sh ${CMAKE_CURRENT_SOURCE_DIR}/count/readers_count_test.sh $<TARGET_FILE:readers_count>)
  set_tests_properties(count/readers PROPERTIES SKIP_RETURN_CODE 77)

  add_executable(delete_count count/delete_count.c ${bench}/kit/stop.c)
  target_include_directories(delete_count PRIVATE ${bench}/kit ${CALLGRIND_INCLUDE_DIR})
  target_link_libraries(delete_count PRIVATE layer_kv)
  target_link_options(delete_count PRIVATE -s)
  freehold_test(count/delete count 300
    sh ${CMAKE_CURRENT_SOURCE_DIR}/count/delete_count_test.sh $<TARGET_FILE:delete_count>)
  set_tests_properties(count/delete PROPERTIES SKIP_RETURN_CODE 77)

  add_executable(promise_count count/promise_count.c
    ${bench}/promise_commit.c ${bench}/promise_lines.c ${bench}/promise_run.c
    ${bench}/promise_work.c ${bench}/ageing.c ${bench}/ageing_table.c ${bench}/living.c)
  target_include_directories(promise_count PRIVATE ${bench})
  target_link_libraries(promise_count PRIVATE bench_kit)
  freehold_test(count/promise count 300
    sh ${CMAKE_CURRENT_SOURCE_DIR}/support/in_empty_folder.sh $<TARGET_FILE:promise_count> .)
endif()
