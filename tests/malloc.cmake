# malloc - the contract of malloc: the checker, its mutants, and real programs under LD_PRELOAD.

# The one that every build can run: threads over fh_malloc, linked in.
if(TARGET freehold_malloc)
  test_program(malloc_threads layer_heap malloc/stress.c malloc/family_own.c)
  freehold_test(stress/malloc_threads stress 300 malloc_threads 4 400000)
  add_dependencies(tests_stress malloc_threads)
endif()

# The checker uses libc's names alone. Sanitizers and coverage bring allocators or runtimes of
# their own under those names, so it is for the plain builds.
if(CMAKE_C_FLAGS MATCHES "-fsanitize|--coverage")
  return()
endif()
set(malloc_script ${CMAKE_CURRENT_SOURCE_DIR}/malloc)

function(malloc_program name)
  list(TRANSFORM ARGN PREPEND malloc/)
  add_executable(malloc_${name} ${ARGN})
  set_target_properties(malloc_${name} PROPERTIES OUTPUT_NAME ${name}
    RUNTIME_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/malloc)
  target_include_directories(malloc_${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  target_compile_options(malloc_${name} PRIVATE -fno-builtin)
endfunction()

function(malloc_library name)
  list(TRANSFORM ARGN PREPEND malloc/)
  add_library(malloc_${name} MODULE ${ARGN})
  set_target_properties(malloc_${name} PROPERTIES OUTPUT_NAME ${name} PREFIX ""
    C_VISIBILITY_PRESET default
    LIBRARY_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/malloc)
  target_include_directories(malloc_${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  target_compile_options(malloc_${name} PRIVATE -fno-builtin)
endfunction()

set(contract_sources contract.c family.c aligned.c blocks.c figures.c fork.c operators.c program.c
  realloc.c refusals.c threads.c)
malloc_program(contract ${contract_sources})
malloc_program(stress stress.c family.c)
malloc_program(misuse misuse.c family.c)
malloc_library(contract_plugin plugin.c)
malloc_library(mutant mutant.c mutant_life.c)
add_dependencies(malloc_contract malloc_contract_plugin)

# The checker passes what is known to be a malloc, and sees every fault that it is there for.
freehold_test(malloc/contract_glibc malloc 180 malloc_contract)
freehold_test(malloc/mutants malloc 300
  sh support/in_empty_folder.sh sh ${malloc_script}/mutants.sh $<TARGET_FILE:malloc_contract>
  $<TARGET_FILE:malloc_stress> $<TARGET_FILE:malloc_mutant>)
set_tests_properties(malloc/mutants PROPERTIES WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})

if(TARGET freehold_malloc)
  set(preload LD_PRELOAD=$<TARGET_FILE:freehold_malloc>)
  freehold_test(malloc/contract malloc 180 env ${preload} $<TARGET_FILE:malloc_contract>)
  # By linking as well as by preloading.
  malloc_program(contract_linked ${contract_sources})
  target_link_libraries(malloc_contract_linked PRIVATE freehold_malloc)
  freehold_test(malloc/contract_linked malloc 180 malloc_contract_linked)
  # threads-of-children forks the same way, a third as often: guarded processes fork slowly. A guarded
  # block of 1 MiB has 2 MiB of addresses.
  freehold_test(malloc/contract_guard malloc 300
    env FREEHOLD_MALLOC=guard ${preload} $<TARGET_FILE:malloc_contract>
    --seconds 60 --room 120 --without fork-in-threads)
  freehold_test(malloc/misuse malloc 120
    env FREEHOLD_MALLOC=guard ${preload} $<TARGET_FILE:malloc_misuse>)
  freehold_test(malloc/stress malloc 120 env ${preload} $<TARGET_FILE:malloc_stress> 4 3000000)
  freehold_test(malloc/stress_guard malloc 120
    env FREEHOLD_MALLOC=guard ${preload} $<TARGET_FILE:malloc_stress> 4 600000)
  if(FREEHOLD_PROBES)
    freehold_test(malloc/probes malloc 60
      sh ${malloc_script}/probes.sh $<TARGET_FILE:freehold_malloc> ${PROJECT_SOURCE_DIR})
  endif()
  foreach(name IN ITEMS gcc git lua perl python redis sqlite)
    freehold_test(malloc/${name} malloc 180
      sh ${malloc_script}/programs.sh ${name} $<TARGET_FILE:freehold_malloc>)
    set_tests_properties(malloc/${name} PROPERTIES SKIP_RETURN_CODE 77)
  endforeach()
endif()
