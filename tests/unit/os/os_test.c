/*
 * os_test.c - the laws of the port, over every system behind it.
 *
 * Each law gets a fresh directory (the real system) or a fresh machine (the simulated
 * one) and sees nothing of which it is.
 */
#include "os/os.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crash/sim_os.h"
#include "support/temp_dir.h"
#include "support/unit.h"

enum { PATH_BYTES = 300 };

#define BLOCK_BYTES ((size_t)4096)

struct place {
    const struct os *os;
    struct sim *sim;
    char directory[PATH_BYTES - 50];
    char path[PATH_BYTES];
    char other_path[PATH_BYTES];
};

static bool is_simulated;

static int set_up(void **state)
{
    struct place *place = calloc(1, sizeof(*place));

    assert_non_null(place);
    if (is_simulated) {
        (void)snprintf(place->directory, sizeof(place->directory), "/somewhere");
        place->sim = sim_os_new(1);
        place->os = sim_os_port(place->sim);
    } else {
        temp_dir_make(place->directory, sizeof(place->directory));
        place->os = os_posix();
    }
    (void)snprintf(place->path, sizeof(place->path), "%s/file", place->directory);
    (void)snprintf(place->other_path, sizeof(place->other_path), "%s/other", place->directory);
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;

    if (place->sim == NULL)
        temp_dir_remove(place->directory);
    else
        assert_ok(sim_os_audit(place->sim));
    sim_os_delete(place->sim);
    free(place);
    return 0;
}

static struct os_file *create(struct place *place)
{
    struct os_file *file = NULL;

    assert_ok(place->os->open(place->os, place->path, OS_OPEN_CREATE, &file));
    assert_ptr_equal(file->os, place->os);
    return file;
}

static void write_text(struct os_file *file, uint64_t at, const char *text)
{
    assert_ok(file->os->write(file, at, &(struct span){(const uint8_t *)text, strlen(text)}, 1));
}

static void require_text(struct os_file *file, uint64_t at, const char *text)
{
    char buffer[64];

    assert_ok(os_read_all(file, at, buffer, strlen(text)));
    assert_memory_equal(buffer, text, strlen(text));
}

static void require_zeros(struct os_file *file, uint64_t at, size_t bytes)
{
    uint8_t *buffer = malloc(bytes);

    assert_non_null(buffer);
    memset(buffer, 1, bytes);
    assert_ok(os_read_all(file, at, buffer, bytes));
    assert_true(bytes_are_zero(buffer, bytes));
    free(buffer);
}

static struct os_file_size size_of(struct os_file *file)
{
    struct os_file_size size;

    assert_ok(file->os->size(file, &size));
    return size;
}

static void a_file_that_is_not_there_is_not_found(void **state)
{
    struct place *place = *state;
    struct os_file *file = NULL;

    assert_status(place->os->open(place->os, place->path, OS_OPEN_READ, &file), FH_NOT_FOUND);
    assert_status(place->os->open(place->os, place->path, OS_OPEN_WRITE, &file), FH_NOT_FOUND);
    assert_status(place->os->remove(place->os, place->path), FH_NOT_FOUND);
    assert_status(place->os->rename(place->os, place->path, place->other_path), FH_NOT_FOUND);
    assert_null(file);
    assert_non_null(strstr(fh_note(), place->path));
}

static void a_name_that_is_taken_is_not_created_again(void **state)
{
    struct place *place = *state;
    struct os_file *file = create(place);
    struct os_file *again = NULL;

    write_text(file, 0, "kept");
    assert_status(place->os->open(place->os, place->path, OS_OPEN_CREATE, &again), FH_EXISTS);
    assert_null(again);
    require_text(file, 0, "kept");
    file->os->close(file);
    place->os->close(NULL);
}

static void a_file_open_for_reading_cannot_be_changed(void **state)
{
    struct place *place = *state;
    struct span part = span_of("x", 1);
    struct os_file *file = create(place);

    write_text(file, 0, "kept");
    place->os->close(file);
    assert_ok(place->os->open(place->os, place->path, OS_OPEN_READ, &file));
    assert_status(place->os->write(file, 0, &part, 1), FH_IO);
    assert_status(place->os->truncate(file, 0), FH_IO);
    assert_status(place->os->allocate(file, 0, 100000), FH_IO);
    assert_status(place->os->punch(file, 0, 4), FH_IO);
    require_text(file, 0, "kept");
    assert_int_equal(size_of(file).bytes, 4);
    place->os->close(file);
}

static void what_is_written_is_read_by_every_handle(void **state)
{
    struct place *place = *state;
    struct os_file *file = create(place);
    struct os_file *reader;

    assert_ok(place->os->open(place->os, place->path, OS_OPEN_READ, &reader));
    write_text(file, 0, "one two");
    write_text(file, 4, "six");
    require_text(reader, 0, "one six");
    place->os->close(reader);
    place->os->close(file);
}

static void a_read_ends_where_the_file_ends(void **state)
{
    struct place *place = *state;
    struct os_file *file = create(place);
    char buffer[10] = "..........";
    size_t bytes = 99;

    write_text(file, 0, "seven b");
    assert_ok(place->os->read(file, 4, buffer, 10, &bytes));
    assert_int_equal(bytes, 3);
    assert_memory_equal(buffer, "n b.......", 10);
    assert_ok(place->os->read(file, 7, buffer, 10, &bytes));
    assert_int_equal(bytes, 0);
    assert_ok(place->os->read(file, 100000, buffer, 10, &bytes));
    assert_int_equal(bytes, 0);
    assert_status(os_read_all(file, 4, buffer, 4), FH_CORRUPT);
    assert_ok(os_read_all(file, 4, buffer, 3));
    place->os->close(file);
}

static void parts_are_written_one_behind_the_other(void **state)
{
    enum { PART_COUNT = 1500 };
    struct place *place = *state;
    struct os_file *file = create(place);
    struct span parts[PART_COUNT];
    uint8_t bytes[2 * PART_COUNT];
    uint8_t found[2 * PART_COUNT];
    size_t total = 0;

    for (size_t i = 0; i < PART_COUNT; i++) {
        parts[i] = span_of(bytes + total, i % 3);
        for (size_t k = 0; k < i % 3; k++)
            bytes[total++] = (uint8_t)(i * 7 + k);
    }
    assert_ok(place->os->write(file, 5, parts, PART_COUNT));
    assert_int_equal(size_of(file).bytes, total + 5);
    assert_ok(os_read_all(file, 5, found, total));
    assert_memory_equal(found, bytes, total);
    assert_ok(place->os->write(file, 0, NULL, 0));
    assert_int_equal(size_of(file).bytes, total + 5);
    place->os->close(file);
}

static void what_was_never_written_before_the_end_is_zero(void **state)
{
    struct place *place = *state;
    struct os_file *file = create(place);

    write_text(file, 100000, "far");
    assert_int_equal(size_of(file).bytes, 100003);
    require_zeros(file, 0, 100000);
    require_text(file, 100000, "far");
    place->os->close(file);
}

static void a_cut_off_tail_is_zero_when_the_file_grows_again(void **state)
{
    struct place *place = *state;
    struct os_file *file = create(place);

    write_text(file, 0, "one two");
    assert_ok(place->os->truncate(file, 3));
    assert_int_equal(size_of(file).bytes, 3);
    assert_ok(place->os->truncate(file, 70000));
    assert_int_equal(size_of(file).bytes, 70000);
    require_text(file, 0, "one");
    require_zeros(file, 3, 69997);
    place->os->close(file);
}

static void allocating_takes_space_and_makes_the_file_longer_only(void **state)
{
    struct place *place = *state;
    struct os_file *file = create(place);

    write_text(file, 0, "kept");
    assert_ok(place->os->allocate(file, 0, 10 * BLOCK_BYTES));
    assert_int_equal(size_of(file).bytes, 10 * BLOCK_BYTES);
    assert_true(size_of(file).allocated_bytes >= 10 * BLOCK_BYTES);
    require_text(file, 0, "kept");
    require_zeros(file, 4, 10 * BLOCK_BYTES - 4);
    assert_ok(place->os->allocate(file, 0, BLOCK_BYTES));
    assert_int_equal(size_of(file).bytes, 10 * BLOCK_BYTES);
    assert_ok(place->os->allocate(file, 20 * BLOCK_BYTES, 0));
    assert_int_equal(size_of(file).bytes, 10 * BLOCK_BYTES);
    place->os->close(file);
}

static void a_punched_range_is_zero_and_the_length_stays(void **state)
{
    struct place *place = *state;
    struct os_file *file = create(place);
    uint8_t *ones = malloc(20 * BLOCK_BYTES);
    uint64_t allocated_bytes;

    assert_non_null(ones);
    memset(ones, 1, 20 * BLOCK_BYTES);
    assert_ok(place->os->write(file, 0, &(struct span){ones, 20 * BLOCK_BYTES}, 1));
    assert_ok(place->os->sync(file, OS_SYNC_ALL));
    allocated_bytes = size_of(file).allocated_bytes;
    assert_ok(place->os->punch(file, 2 * BLOCK_BYTES, 9 * BLOCK_BYTES));
    assert_int_equal(size_of(file).bytes, 20 * BLOCK_BYTES);
    assert_int_equal(size_of(file).allocated_bytes, allocated_bytes - 9 * BLOCK_BYTES);
    require_zeros(file, 2 * BLOCK_BYTES, 9 * BLOCK_BYTES);
    require_text(file, 11 * BLOCK_BYTES, "\1\1\1\1");
    require_text(file, 2 * BLOCK_BYTES - 4, "\1\1\1\1");
    assert_ok(place->os->punch(file, 11 * BLOCK_BYTES + 10, 100));
    require_zeros(file, 11 * BLOCK_BYTES + 10, 100);
    require_text(file, 11 * BLOCK_BYTES + 110, "\1\1\1\1");
    assert_ok(place->os->punch(file, 30 * BLOCK_BYTES, BLOCK_BYTES));
    assert_ok(place->os->punch(file, 0, 0));
    assert_int_equal(size_of(file).bytes, 20 * BLOCK_BYTES);
    require_text(file, 0, "\1\1\1\1");
    free(ones);
    place->os->close(file);
}

static void a_map_shows_what_is_written_later_and_may_lie_beyond_the_end(void **state)
{
    struct place *place = *state;
    struct os_file *file = create(place);
    const void *view;
    const void *larger;
    const char *seen;

    write_text(file, 0, "one two");
    assert_ok(place->os->map(file, 1 << 20, &view));
    seen = view;
    assert_memory_equal(seen, "one two", 7);
    write_text(file, 4, "six");
    assert_memory_equal(seen, "one six", 7);
    write_text(file, 300000, "beyond");
    assert_memory_equal(seen + 300000, "beyond", 6);
    assert_ok(place->os->map(file, UINT64_C(1) << 36, &larger));
    seen = larger;
    assert_memory_equal(seen + 300000, "beyond", 6);
    place->os->advise(file, 0, 1 << 20, OS_ADVICE_RANDOM);
    place->os->advise(file, 5000, UINT64_MAX, OS_ADVICE_SEQUENTIAL);
    place->os->advise(file, 0, 4096, OS_ADVICE_WILL_NEED);
    place->os->unmap(file, view, 1 << 20);
    place->os->unmap(file, larger, UINT64_C(1) << 36);
    place->os->unmap(file, NULL, 0);
    place->os->close(file);
}

static void one_exclusive_lock_keeps_all_others_out_until_it_is_closed(void **state)
{
    struct place *place = *state;
    struct os_file *file = create(place);
    struct os_file *other;

    assert_ok(place->os->open(place->os, place->path, OS_OPEN_WRITE, &other));
    assert_ok(place->os->lock(file, true));
    assert_status(place->os->lock(other, true), FH_BUSY);
    assert_status(place->os->lock(other, false), FH_BUSY);
    place->os->close(file);
    assert_ok(place->os->lock(other, true));
    place->os->close(other);
}

static void shared_locks_stand_side_by_side_and_one_alone_becomes_exclusive(void **state)
{
    struct place *place = *state;
    struct os_file *file = create(place);
    struct os_file *other;

    assert_ok(place->os->open(place->os, place->path, OS_OPEN_READ, &other));
    assert_ok(place->os->lock(file, false));
    assert_ok(place->os->lock(other, false));
    assert_status(place->os->lock(file, true), FH_BUSY);
    place->os->close(other);
    assert_ok(place->os->lock(file, true));
    place->os->close(file);
}

static void a_file_open_for_reading_gets_no_exclusive_lock(void **state)
{
    struct place *place = *state;
    struct os_file *file = create(place);

    place->os->close(file);
    assert_ok(place->os->open(place->os, place->path, OS_OPEN_READ, &file));
    assert_status(place->os->lock(file, true), FH_IO);
    place->os->close(file);
}

static void a_removed_file_lives_until_it_is_closed_and_its_name_is_free(void **state)
{
    struct place *place = *state;
    struct os_file *file = create(place);
    struct os_file *second;

    write_text(file, 0, "first");
    assert_ok(place->os->remove(place->os, place->path));
    assert_ok(place->os->sync_directory(place->os, place->path));
    second = create(place);
    write_text(second, 0, "other");
    require_text(file, 0, "first");
    require_text(second, 0, "other");
    place->os->close(file);
    place->os->close(second);
}

static void a_renamed_file_is_found_by_its_new_name_alone(void **state)
{
    struct place *place = *state;
    struct os_file *file = create(place);

    write_text(file, 0, "kept");
    place->os->close(file);
    assert_ok(place->os->rename(place->os, place->path, place->other_path));
    assert_ok(place->os->sync_directory(place->os, place->other_path));
    assert_status(place->os->open(place->os, place->path, OS_OPEN_READ, &file), FH_NOT_FOUND);
    assert_ok(place->os->open(place->os, place->other_path, OS_OPEN_WRITE, &file));
    require_text(file, 0, "kept");
    place->os->close(file);
    place->os->close(create(place));
}

static void renaming_never_replaces_a_file(void **state)
{
    struct place *place = *state;
    struct os_file *file = create(place);
    struct os_file *other;

    write_text(file, 0, "one");
    assert_ok(place->os->open(place->os, place->other_path, OS_OPEN_CREATE, &other));
    write_text(other, 0, "two");
    place->os->close(other);
    place->os->close(file);
    assert_status(place->os->rename(place->os, place->path, place->other_path), FH_EXISTS);
    assert_non_null(strstr(fh_note(), place->other_path));
    assert_status(place->os->rename(place->os, place->path, place->path), FH_EXISTS);
    assert_ok(place->os->open(place->os, place->path, OS_OPEN_READ, &file));
    assert_ok(place->os->open(place->os, place->other_path, OS_OPEN_READ, &other));
    require_text(file, 0, "one");
    require_text(other, 0, "two");
    place->os->close(other);
    place->os->close(file);
}

static void a_renamed_file_stays_open_locked_and_mapped(void **state)
{
    struct place *place = *state;
    struct os_file *file = create(place);
    struct os_file *other;
    const void *view;

    write_text(file, 0, "one two");
    assert_ok(place->os->lock(file, true));
    assert_ok(place->os->map(file, BLOCK_BYTES, &view));
    assert_ok(place->os->rename(place->os, place->path, place->other_path));
    write_text(file, 4, "six");
    assert_memory_equal(view, "one six", 7);
    assert_ok(place->os->sync(file, OS_SYNC_ALL));
    assert_ok(place->os->open(place->os, place->other_path, OS_OPEN_WRITE, &other));
    require_text(other, 0, "one six");
    assert_status(place->os->lock(other, true), FH_BUSY);
    place->os->unmap(file, view, BLOCK_BYTES);
    place->os->close(file);
    assert_ok(place->os->lock(other, true));
    place->os->close(other);
}

static void files_and_names_can_be_made_durable(void **state)
{
    struct place *place = *state;
    struct os_file *file = create(place);

    write_text(file, 0, "one");
    assert_ok(place->os->sync(file, OS_SYNC_DATA));
    assert_ok(place->os->sync(file, OS_SYNC_ALL));
    assert_ok(place->os->sync_directory(place->os, place->path));
    require_text(file, 0, "one");
    place->os->close(file);
}

static void reserved_memory_is_zero_and_aligned_as_its_size_asks(void **state)
{
    static const uint64_t sizes[] = {1, 4096, 5000, 2 << 20, (2 << 20) + 1, UINT64_C(1) << 34};
    struct place *place = *state;

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        void *memory;
        uint8_t *bytes;

        assert_ok(place->os->reserve(place->os, sizes[i], &memory));
        bytes = memory;
        assert_int_equal((uintptr_t)bytes % (sizes[i] < 2 << 20 ? 4096 : 2 << 20), 0);
        assert_int_equal(bytes[0] + bytes[sizes[i] / 2] + bytes[sizes[i] - 1], 0);
        bytes[0] = 1;
        bytes[sizes[i] - 1] = 1;
        place->os->release(place->os, memory, sizes[i]);
    }
    place->os->release(place->os, NULL, 0);
}

static void time_never_goes_back_and_began_long_ago(void **state)
{
    struct place *place = *state;
    uint64_t before = place->os->monotonic_ns(place->os);

    for (int i = 0; i < 1000; i++) {
        uint64_t now = place->os->monotonic_ns(place->os);

        assert_true(now >= before);
        before = now;
    }
    assert_true(place->os->wall_ns(place->os) > UINT64_C(1500000000) * 1000000000);
}

/* A tick of the system is 10 ms at most. */
static void the_coarse_clock_is_behind_by_little_and_never_goes_back(void **state)
{
    struct place *place = *state;
    uint64_t before = place->os->coarse_ns(place->os);

    for (int i = 0; i < 1000; i++) {
        uint64_t start = place->os->monotonic_ns(place->os);
        uint64_t now = place->os->coarse_ns(place->os);

        assert_true(now >= before);
        assert_true(now + UINT64_C(100000000) > start);
        assert_true(now <= place->os->monotonic_ns(place->os));
        before = now;
    }
}

static void process_and_thread_have_numbers_that_stay(void **state)
{
    struct place *place = *state;
    uint32_t process_id = place->os->process_id(place->os);
    uint32_t thread_id = place->os->thread_id(place->os);

    assert_true(process_id != 0 && thread_id != 0);
    assert_int_equal(place->os->process_id(place->os), process_id);
    assert_int_equal(place->os->thread_id(place->os), thread_id);
}

static void random_bytes_do_not_repeat(void **state)
{
    struct place *place = *state;
    uint8_t first[600];
    uint8_t second[600];

    assert_ok(place->os->entropy(place->os, first, sizeof(first)));
    assert_ok(place->os->entropy(place->os, second, sizeof(second)));
    assert_memory_not_equal(first, second, sizeof(first));
    assert_memory_not_equal(first + 500, second + 500, 100);
    assert_ok(place->os->entropy(place->os, NULL, 0));
    assert_true(place->os->memory_bytes(place->os) >= 1 << 24);
    place->os->yield(place->os);
}

struct worker {
    struct os_file *file;
    uint64_t at;
    unsigned failure_count;
};

static void *write_and_read(void *context)
{
    struct worker *worker = context;
    uint8_t bytes[256];

    for (unsigned round = 0; round < 100; round++) {
        uint8_t found[256] = {0};
        size_t read_bytes = 0;
        struct span part = span_of(bytes, sizeof(bytes));

        memset(bytes, (int)(worker->at / 256 + round), sizeof(bytes));
        worker->failure_count += worker->file->os->write(worker->file, worker->at, &part, 1) != 0;
        worker->failure_count += worker->file->os->read(worker->file, worker->at, found,
                                                        sizeof(found), &read_bytes) != 0;
        worker->failure_count += memcmp(found, bytes, sizeof(bytes)) != 0;
        if (round % 32 == 0) (void)worker->file->os->sync(worker->file, OS_SYNC_DATA);
    }
    return NULL;
}

static void several_threads_may_use_one_file(void **state)
{
    struct place *place = *state;
    struct os_file *file = create(place);
    struct worker workers[4];
    pthread_t threads[4];

    for (unsigned i = 0; i < 4; i++) {
        workers[i] = (struct worker){.file = file, .at = i * UINT64_C(256)};
        assert_int_equal(pthread_create(&threads[i], NULL, write_and_read, &workers[i]), 0);
    }
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(workers[i].failure_count, 0);
    }
    place->os->close(file);
}

#define LAW(law) cmocka_unit_test_setup_teardown(law, set_up, tear_down)

static const struct CMUnitTest laws[] = {
    LAW(a_file_that_is_not_there_is_not_found),
    LAW(a_name_that_is_taken_is_not_created_again),
    LAW(a_file_open_for_reading_cannot_be_changed),
    LAW(what_is_written_is_read_by_every_handle),
    LAW(a_read_ends_where_the_file_ends),
    LAW(parts_are_written_one_behind_the_other),
    LAW(what_was_never_written_before_the_end_is_zero),
    LAW(a_cut_off_tail_is_zero_when_the_file_grows_again),
    LAW(allocating_takes_space_and_makes_the_file_longer_only),
    LAW(a_punched_range_is_zero_and_the_length_stays),
    LAW(a_map_shows_what_is_written_later_and_may_lie_beyond_the_end),
    LAW(one_exclusive_lock_keeps_all_others_out_until_it_is_closed),
    LAW(shared_locks_stand_side_by_side_and_one_alone_becomes_exclusive),
    LAW(a_file_open_for_reading_gets_no_exclusive_lock),
    LAW(a_removed_file_lives_until_it_is_closed_and_its_name_is_free),
    LAW(a_renamed_file_is_found_by_its_new_name_alone),
    LAW(renaming_never_replaces_a_file),
    LAW(a_renamed_file_stays_open_locked_and_mapped),
    LAW(files_and_names_can_be_made_durable),
    LAW(reserved_memory_is_zero_and_aligned_as_its_size_asks),
    LAW(time_never_goes_back_and_began_long_ago),
    LAW(the_coarse_clock_is_behind_by_little_and_never_goes_back),
    LAW(process_and_thread_have_numbers_that_stay),
    LAW(random_bytes_do_not_repeat),
    LAW(several_threads_may_use_one_file),
};

int main(void)
{
    int failed = cmocka_run_group_tests_name("the real system", laws, NULL, NULL);

    is_simulated = true;
    return failed + cmocka_run_group_tests_name("the simulated system", laws, NULL, NULL);
}
