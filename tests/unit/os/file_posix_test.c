/*
 * file_posix_test.c - what only the real system can meet: directories, pipes, rights, limits.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "os/os.h"
#include "os/posix_internal.h"
#include "support/fault.h"
#include "support/temp_dir.h"
#include "support/unit.h"

enum { PATH_BYTES = 300 };

struct place {
    char directory[PATH_BYTES - 50];
    char path[PATH_BYTES];
    char other_path[PATH_BYTES];
    uint64_t block_count;
};

static int set_up(void **state)
{
    struct place *place = calloc(1, sizeof(*place));

    assert_non_null(place);
    temp_dir_make(place->directory, sizeof(place->directory));
    (void)snprintf(place->path, sizeof(place->path), "%s/file", place->directory);
    (void)snprintf(place->other_path, sizeof(place->other_path), "%s/other", place->directory);
    place->block_count = memory_block_count();
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;

    assert_int_equal(memory_block_count(), place->block_count);
    temp_dir_remove(place->directory);
    free(place);
    return 0;
}

static fh_status open_file(const char *path, unsigned flags, struct os_file **ret_file)
{
    return os_posix()->open(os_posix(), path, flags, ret_file);
}

/* So often that a descriptor lost in each round would be missed. */
static void a_directory_is_no_file_and_leaves_nothing_open(void **state)
{
    const struct place *place = *state;
    struct os_file *file;

    for (unsigned i = 0; i < 3000; i++)
        assert_status(open_file(place->directory, OS_OPEN_READ, &file), FH_IO);
    assert_non_null(strstr(fh_note(), "is a directory"));
    assert_status(open_file(place->directory, OS_OPEN_WRITE, &file), FH_IO);
    assert_non_null(strstr(fh_note(), "is a directory"));
}

static void a_pipe_is_refused_and_not_waited_for(void **state)
{
    const struct place *place = *state;
    struct os_file *file;

    assert_int_equal(mkfifo(place->path, 0600), 0);
    assert_status(open_file(place->path, OS_OPEN_READ, &file), FH_IO);
    assert_non_null(strstr(fh_note(), "not a regular file"));
    assert_status(open_file("/dev/null", OS_OPEN_WRITE, &file), FH_IO);
}

static void a_file_without_the_right_to_write_is_read_only(void **state)
{
    const struct place *place = *state;
    struct os_file *file;

    if (geteuid() == 0) skip();
    assert_ok(open_file(place->path, OS_OPEN_CREATE, &file));
    os_posix()->close(file);
    assert_int_equal(chmod(place->path, 0400), 0);
    assert_status(open_file(place->path, OS_OPEN_WRITE, &file), FH_READ_ONLY);
    assert_ok(open_file(place->path, OS_OPEN_READ, &file));
    os_posix()->close(file);
    assert_int_equal(chmod(place->directory, 0500), 0);
    assert_status(os_posix()->remove(os_posix(), place->path), FH_READ_ONLY);
    assert_status(os_posix()->rename(os_posix(), place->path, place->other_path), FH_READ_ONLY);
    assert_int_equal(chmod(place->directory, 0700), 0);
}

static void a_directory_is_not_renamed(void **state)
{
    const struct place *place = *state;

    assert_int_equal(mkdir(place->path, 0700), 0);
    assert_status(os_posix()->rename(os_posix(), place->path, place->other_path), FH_IO);
    assert_non_null(strstr(fh_note(), "is a directory"));
    assert_int_equal(rmdir(place->path), 0);
}

static void every_way_to_rename_keeps_the_laws(void **state)
{
    static fh_status (*const ways[])(const char *from, const char *to) = {file_rename_by_link,
                                                                          file_rename_by_look};
    const struct place *place = *state;
    struct os_file *file;

    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        assert_status(ways[i](place->path, place->other_path), FH_NOT_FOUND);
        assert_ok(open_file(place->path, OS_OPEN_CREATE, &file));
        file->os->close(file);
        assert_status(ways[i](place->path, place->path), FH_EXISTS);
        assert_ok(ways[i](place->path, place->other_path));
        assert_int_equal(access(place->path, F_OK), -1);
        assert_ok(open_file(place->path, OS_OPEN_CREATE, &file));
        file->os->close(file);
        assert_status(ways[i](place->path, place->other_path), FH_EXISTS);
        assert_ok(os_posix()->remove(os_posix(), place->path));
        assert_ok(os_posix()->remove(os_posix(), place->other_path));
        /* A name that leads nowhere is taken too. */
        assert_ok(open_file(place->path, OS_OPEN_CREATE, &file));
        file->os->close(file);
        assert_int_equal(symlink("nowhere", place->other_path), 0);
        assert_status(ways[i](place->path, place->other_path), FH_EXISTS);
        assert_status(os_posix()->rename(os_posix(), place->path, place->other_path), FH_EXISTS);
        assert_ok(os_posix()->remove(os_posix(), place->path));
        assert_ok(os_posix()->remove(os_posix(), place->other_path));
    }
}

static void a_name_below_a_file_is_not_found(void **state)
{
    struct place *place = *state;
    char below[PATH_BYTES + 10];
    struct os_file *file;

    assert_ok(open_file(place->path, OS_OPEN_CREATE, &file));
    os_posix()->close(file);
    (void)snprintf(below, sizeof(below), "%s/below", place->path);
    assert_status(open_file(below, OS_OPEN_READ, &file), FH_NOT_FOUND);
    assert_status(os_posix()->sync_directory(os_posix(), below), FH_IO);
}

static void a_file_beyond_its_limit_has_no_space(void **state)
{
    const struct place *place = *state;
    struct rlimit before;
    struct rlimit limit;
    struct os_file *file;
    uint8_t bytes[3000] = {1};
    struct span part = span_of(bytes, sizeof(bytes));

    assert_ok(open_file(place->path, OS_OPEN_CREATE, &file));
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = (struct rlimit){.rlim_cur = 4096, .rlim_max = before.rlim_max};
    assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);

    assert_ok(file->os->write(file, 0, &part, 1));
    assert_status(file->os->write(file, 3000, &part, 1), FH_NO_SPACE);
    assert_status(file->os->allocate(file, 0, 8192), FH_NO_SPACE);
    assert_status(file->os->truncate(file, 8192), FH_NO_SPACE);

    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_ok(file->os->write(file, 3000, &part, 1));
    os_posix()->close(file);
}

static void a_directory_is_synced_by_any_name_in_it(void **state)
{
    char before[1000];

    struct place *place = *state;
    assert_ok(os_posix()->sync_directory(os_posix(), place->path));
    assert_non_null(getcwd(before, sizeof(before)));
    assert_int_equal(chdir(place->directory), 0);
    assert_ok(os_posix()->sync_directory(os_posix(), "file"));
    assert_int_equal(chdir(before), 0);
    assert_ok(os_posix()->sync_directory(os_posix(), "/file"));
    assert_status(os_posix()->sync_directory(os_posix(), "/no/such/file"), FH_IO);
}

static fh_status open_and_map(const char *path)
{
    struct os_file *file = NULL;
    const void *view = NULL;
    fh_status status = open_file(path, OS_OPEN_CREATE, &file);

    if (status != FH_OK) return status;
    status = file->os->map(file, 4096, &view);
    if (status == FH_OK) status = file->os->sync_directory(file->os, path);
    file->os->unmap(file, view, 4096);
    file->os->close(file);
    assert_ok(os_posix()->remove(os_posix(), path));
    return status;
}

static void without_memory_nothing_is_opened_and_nothing_is_lost(void **state)
{
    const struct place *place = *state;

    for (struct fault fault = {0}; fault_next(&fault);) {
        fh_status status;

        fault_memory_begin(&fault, FAULT_ONCE);
        status = open_and_map(place->path);
        fault_memory_end(&fault);
        assert_int_equal(status, fault.was_met ? FH_NO_MEMORY : FH_OK);
        assert_int_equal(memory_block_count(), place->block_count);
    }
}

static void a_file_is_not_inherited_by_a_program_that_is_started(void **state)
{
    const struct place *place = *state;
    struct os_file *file;
    int next = open("/dev/null", O_RDONLY | O_CLOEXEC);

    assert_true(next >= 0);
    assert_int_equal(close(next), 0);
    assert_ok(open_file(place->path, OS_OPEN_CREATE, &file));
    assert_int_equal(fcntl(next, F_GETFD), FD_CLOEXEC);
    file->os->close(file);
}

#define LAW(law) cmocka_unit_test_setup_teardown(law, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LAW(a_directory_is_no_file_and_leaves_nothing_open),
        LAW(a_pipe_is_refused_and_not_waited_for),
        LAW(a_file_without_the_right_to_write_is_read_only),
        LAW(a_directory_is_not_renamed),
        LAW(every_way_to_rename_keeps_the_laws),
        LAW(a_name_below_a_file_is_not_found),
        LAW(a_file_beyond_its_limit_has_no_space),
        LAW(a_directory_is_synced_by_any_name_in_it),
        LAW(without_memory_nothing_is_opened_and_nothing_is_lost),
        LAW(a_file_is_not_inherited_by_a_program_that_is_started),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
