/*
 * map_posix_test.c - views are remembered, and what cannot be mapped is refused.
 */
#define _GNU_SOURCE /* madvise */
#include <stdio.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "os/os.h"
#include "support/temp_dir.h"
#include "support/unit.h"

#define PAGE UINT64_C(4096)

static char directory[250];
static struct os_file *file;

static int set_up(void **state)
{
    char path[300];

    (void)state;
    temp_dir_make(directory, sizeof(directory));
    (void)snprintf(path, sizeof(path), "%s/file", directory);
    assert_ok(os_posix()->open(os_posix(), path, OS_OPEN_CREATE, &file));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    file->os->close(file);
    temp_dir_remove(directory);
    return 0;
}

static void more_than_all_addresses_is_no_memory(void **state)
{
    const void *view = NULL;
    void *memory = NULL;
    uint64_t block_count = memory_block_count();

    (void)state;
    assert_status(file->os->map(file, UINT64_C(1) << 60, &view), FH_NO_MEMORY);
    assert_status(os_posix()->reserve(os_posix(), UINT64_C(1) << 60, &memory), FH_NO_MEMORY);
    assert_status(os_posix()->reserve(os_posix(), UINT64_MAX, &memory), FH_NO_MEMORY);
    assert_status(os_posix()->reserve(os_posix(), UINT64_MAX - 4096, &memory), FH_NO_MEMORY);
    assert_null(view);
    assert_null(memory);
    assert_int_equal(memory_block_count(), block_count);
}

static void a_file_with_a_view_must_not_be_closed(void **state)
{
    const void *view;

    (void)state;
    assert_ok(file->os->map(file, 8192, &view));
    expect_assert_failure(file->os->close(file));
    file->os->unmap(file, view, 8192);
}

static void a_view_is_given_back_as_it_was_taken(void **state)
{
    const void *view;

    (void)state;
    assert_ok(file->os->map(file, 8192, &view));
    expect_assert_failure(file->os->unmap(file, (const char *)view + 4096, 4096));
    file->os->unmap(file, view, 8192);
}

static void parts_of_a_file_stand_side_by_side(void **state)
{
    enum { PAGES = 8 };
    static const uint8_t order[] = {5, 6, 2, 0}; /* the first part has two */
    struct os_part parts[] = {{5 * PAGE, 2 * PAGE}, {2 * PAGE, PAGE}, {0, PAGE}};
    uint8_t page[PAGE];
    const void *view;

    (void)state;
    if ((uint64_t)sysconf(_SC_PAGESIZE) != PAGE) skip();
    for (unsigned i = 0; i < PAGES; i++) {
        struct span bytes = span_of(page, PAGE);

        memset(page, (int)(i + 1), PAGE);
        assert_ok(file->os->write(file, i * PAGE, &bytes, 1));
    }
    assert_ok(file->os->map_parts(file, parts, 3, &view));
    for (size_t i = 0; i < sizeof(order); i++) {
        memset(page, order[i] + 1, PAGE);
        assert_memory_equal((const uint8_t *)view + i * PAGE, page, PAGE);
    }
    file->os->unmap_parts(file, view, 4 * PAGE);
    parts[1].at += 512;
    assert_status(file->os->map_parts(file, parts, 3, &view), FH_NO_MEMORY);
    parts[1] = (struct os_part){2 * PAGE, 512};
    assert_status(file->os->map_parts(file, parts, 3, &view), FH_NO_MEMORY);
    parts[1].bytes = 0;
    assert_status(file->os->map_parts(file, parts, 3, &view), FH_NO_MEMORY);
}

/* So many that the process would have none left for its own are refused, and none is lost. */
static void views_of_parts_are_not_without_end(void **state)
{
    enum { MOST = 5000 };
    static const void *views[MOST];
    struct os_part parts[] = {{0, 65536}, {131072, 65536}};
    unsigned count = 0;

    (void)state;
    while (count < MOST && file->os->map_parts(file, parts, 2, &views[count]) == FH_OK)
        count++;
    assert_in_range(count, 1000, MOST - 1);
    file->os->unmap_parts(file, views[0], 131072);
    assert_ok(file->os->map_parts(file, parts, 2, &views[0]));
    while (count > 0)
        file->os->unmap_parts(file, views[--count], 131072);
}

/* Asked through a system call, so that an address that is not there is an error, no signal. */
static bool is_there_in_a_child(const void *memory)
{
    int how = 0;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        int pipes[2];

        _exit(pipe(pipes) == 0 && write(pipes[1], memory, 1) == 1 ? 1 : 0);
    }
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_true(WIFEXITED(how));
    return WEXITSTATUS(how) == 1;
}

static void a_child_process_does_not_get_the_reserve(void **state)
{
    uint64_t bytes = 4 << 20;
    void *kept = mmap(NULL, bytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    void *memory;
    bool is_honoured;

    (void)state;
    assert_true(kept != MAP_FAILED);
    assert_int_equal(madvise(kept, bytes, MADV_DONTFORK), 0);
    is_honoured = !is_there_in_a_child(kept);
    assert_int_equal(munmap(kept, bytes), 0);
    if (!is_honoured) skip(); /* The thread sanitizer takes it for no more than a wish. */

    assert_ok(os_posix()->reserve(os_posix(), bytes, &memory));
    *(volatile char *)memory = 1;
    assert_false(is_there_in_a_child(memory));
    os_posix()->release(os_posix(), memory, bytes);
}

#define LAW(law) cmocka_unit_test_setup_teardown(law, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LAW(more_than_all_addresses_is_no_memory), LAW(a_file_with_a_view_must_not_be_closed),
        LAW(a_view_is_given_back_as_it_was_taken), LAW(parts_of_a_file_stand_side_by_side),
        LAW(views_of_parts_are_not_without_end),   LAW(a_child_process_does_not_get_the_reserve),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
