/*
 * kill_under_load.c - a process that writes is killed, again and again, on the real system.
 *
 * A child commits in several threads, durable, in groups and lazily, takes checkpoints and
 * makes large values. It says in shared memory what it has begun and what was acknowledged as
 * durable, until SIGKILL ends it in the middle of something: opening and recovery, too. Then
 * the database must open, pass the check, and hold for each thread a whole state no older
 * than what was acknowledged and no newer than what was begun. FREEHOLD_EFFORT multiplies
 * the kills.
 */
#define _GNU_SOURCE /* MAP_ANONYMOUS */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/random.h"
#include "support/scratch.h"
#include "support/seed.h"
#include "support/unit.h"
#include "support/where.h"

enum {
    WRITERS = 4,
    ITEMS = 24, /* of each writer; commit i changes item i mod ITEMS */
    VALUE_MAX = 6000,
    KILLS = 40,
    KILLS_PER_DATABASE = 20,
    COMMITS_BEFORE_MAX = 60,
    LINGER_NS_MAX = 2000000,
    POLL_NS = 50000,
    PATIENCE_POLLS = 1200000
};

/* Shared with the child. */
struct progress {
    _Atomic uint64_t begun[WRITERS];        /* the last commit that may be there */
    _Atomic uint64_t acknowledged[WRITERS]; /* the last that must be */
    _Atomic uint64_t commit_count;
    _Atomic bool has_failed;
    char failure[200];
};

struct writer {
    fh_db *db;
    struct progress *progress;
    unsigned number;
    struct random random;
};

static struct progress *progress;
static uint64_t kill_count;
static uint64_t recovery_count; /* kills after which a log had to be replayed */

static fh_bytes counter_key(unsigned writer, unsigned char *buffer)
{
    return items_numbered("count", writer, buffer);
}

static fh_bytes item_key(unsigned writer, uint64_t commit, unsigned char *buffer)
{
    return items_numbered("item", writer * ITEMS + (unsigned)(commit % ITEMS), buffer);
}

/* The value that commit number `commit` of a writer stores; some are large. */
static fh_bytes item_value(unsigned writer, uint64_t commit, unsigned char *buffer)
{
    uint64_t seed = commit * WRITERS + writer;
    size_t size = seed % 7 == 0 ? VALUE_MAX - seed % 1000 : 10 + seed % 90;

    items_fill(seed, buffer, size);
    return (fh_bytes){buffer, size};
}

static fh_status get_counter(fh_txn *txn, unsigned writer, uint64_t *ret_count)
{
    unsigned char buffer[ITEMS_KEY_MAX];
    fh_bytes value;
    fh_status status = fh_get(txn, NULL, counter_key(writer, buffer), &value);

    *ret_count = 0;
    if (status == FH_NOT_FOUND) return FH_OK;
    if (status == FH_OK && value.size == sizeof(*ret_count))
        memcpy(ret_count, value.data, sizeof(*ret_count));
    return status;
}

static fh_status put_next(fh_txn *txn, unsigned writer, uint64_t commit)
{
    unsigned char key[ITEMS_KEY_MAX], value[VALUE_MAX];
    fh_status status =
        fh_put(txn, NULL, counter_key(writer, key), (fh_bytes){&commit, sizeof(commit)}, 0);

    if (status != FH_OK) return status;
    return fh_put(txn, NULL, item_key(writer, commit, key), item_value(writer, commit, value), 0);
}

/* One commit, and what makes it durable, if anything does. */
static fh_status write_once(struct writer *writer)
{
    static const fh_durability durabilities[] = {FH_DURABLE, FH_DURABLE, FH_GROUP, FH_GROUP,
                                                 FH_LAZY};
    fh_durability durability = durabilities[random_below(&writer->random, 5)];
    struct progress *said = writer->progress;
    uint64_t commit, ticket = 0;
    fh_txn *txn;
    fh_status status = fh_begin(writer->db, FH_WRITE, &txn);

    if (status != FH_OK) return status;
    status = get_counter(txn, writer->number, &commit);
    if (status == FH_OK) status = put_next(txn, writer->number, ++commit);
    if (status != FH_OK) {
        fh_abort(txn);
        return status;
    }
    atomic_store(&said->begun[writer->number], commit);
    status = fh_commit_as(txn, durability, &ticket);
    if (status == FH_OK && durability == FH_GROUP) status = fh_wait(writer->db, ticket);
    if (status == FH_OK && random_below(&writer->random, 60) == 0) {
        status = fh_checkpoint(writer->db);
        durability = FH_DURABLE;
    }
    if (status != FH_OK) return status;
    if (durability != FH_LAZY) atomic_store(&said->acknowledged[writer->number], commit);
    atomic_fetch_add(&said->commit_count, 1);
    return FH_OK;
}

static void *write_for_ever(void *context)
{
    struct writer *writer = context;
    fh_status status;

    do
        status = write_once(writer);
    while (status == FH_OK);
    (void)snprintf(writer->progress->failure, sizeof(writer->progress->failure), "%s: %.150s",
                   fh_status_name(status), fh_note());
    atomic_store(&writer->progress->has_failed, true);
    return NULL;
}

/* The child: never returns. */
static void live(const char *path, uint32_t page_bytes, uint64_t seed)
{
    fh_options options = scratch_options(page_bytes, 0);
    struct writer writers[WRITERS];
    pthread_t threads[WRITERS];
    fh_db *db = NULL;
    fh_status status;

    options.log_bytes = 8192;
    status = fh_open(path, &options, &db);
    if (status != FH_OK) {
        (void)snprintf(progress->failure, sizeof(progress->failure), "open: %s: %.150s",
                       fh_status_name(status), fh_note());
        atomic_store(&progress->has_failed, true);
        _exit(1);
    }
    for (unsigned i = 0; i < WRITERS; i++) {
        writers[i] = (struct writer){.db = db, .progress = progress, .number = i};
        random_init(&writers[i].random, seed * WRITERS + i);
        if (pthread_create(&threads[i], NULL, write_for_ever, &writers[i]) != 0) _exit(1);
    }
    for (unsigned i = 0; i < WRITERS; i++)
        (void)pthread_join(threads[i], NULL);
    _exit(1); /* somebody failed, or this process would be dead */
}

static void pause_ns(uint64_t ns)
{
    struct timespec time = {.tv_nsec = (long)ns};

    (void)nanosleep(&time, NULL);
}

/* Lets the child do some commits, none at all sometimes, and ends it. */
static void let_live_and_kill(pid_t child, struct random *random)
{
    uint64_t target = random_below(random, 8) == 0 ? 0 : random_below(random, COMMITS_BEFORE_MAX);
    uint64_t linger = random_below(random, LINGER_NS_MAX);
    unsigned polls = 0;
    int how = 0;

    while (atomic_load(&progress->commit_count) < target && !atomic_load(&progress->has_failed)) {
        assert_true(++polls < PATIENCE_POLLS);
        pause_ns(POLL_NS);
    }
    pause_ns(linger);
    assert_int_equal(kill(child, SIGKILL), 0);
    while (waitpid(child, &how, 0) != child)
        assert_int_equal(errno, EINTR);
    if (atomic_load(&progress->has_failed)) fail_msg("the child: %s", progress->failure);
    assert_true(WIFSIGNALED(how));
}

/* What a writer's last commit and those before it have left. */
static void require_items(fh_txn *txn, unsigned writer, uint64_t last)
{
    unsigned char key[ITEMS_KEY_MAX], value[VALUE_MAX];

    for (uint64_t item = 0; item < ITEMS; item++) {
        uint64_t back = (last + ITEMS - item) % ITEMS;
        fh_bytes present = nothing();
        fh_status status = fh_get(txn, NULL, item_key(writer, item, key), &present);

        if (back >= last) { /* no commit has come to it */
            assert_status(status, FH_NOT_FOUND);
            continue;
        }
        assert_ok(status);
        scratch_require_same(present, item_value(writer, last - back, value));
    }
}

static void require_all(fh_db *db)
{
    fh_txn *txn;

    assert_ok(fh_begin(db, FH_READ, &txn));
    for (unsigned i = 0; i < WRITERS; i++) {
        uint64_t count = 0, acknowledged = atomic_load(&progress->acknowledged[i]);
        uint64_t begun = atomic_load(&progress->begun[i]);

        assert_ok(get_counter(txn, i, &count));
        if (count < acknowledged || count > begun)
            fail_msg("writer %u: %" PRIu64 " is there, %" PRIu64 " was acknowledged, %" PRIu64
                     " begun",
                     i, count, acknowledged, begun);
        require_items(txn, i, count);
        atomic_store(&progress->acknowledged[i], count);
        atomic_store(&progress->begun[i], count);
    }
    fh_abort(txn);
}

static void kill_once(const char *path, uint32_t page_bytes, struct random *random)
{
    uint64_t seed = random_next(random);
    char log[SCRATCH_FILE_BYTES + 8];
    fh_options options = scratch_options(page_bytes, 0);
    fh_db *db = NULL;
    pid_t child;

    atomic_store(&progress->commit_count, 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) live(path, page_bytes, seed);
    let_live_and_kill(child, random);
    (void)snprintf(log, sizeof(log), "%s-wal", path);
    recovery_count += access(log, F_OK) == 0;
    /* Sometimes the next child finds it as it is. */
    if (random_below(random, 4) == 0) return;
    assert_ok(fh_open(path, &options, &db));
    require_all(db);
    scratch_require_clean(db);
    assert_ok(fh_close(db));
}

static void what_was_acknowledged_survives_any_number_of_kills(void **state)
{
    const struct scratch *scratch = *state;
    struct random random;

    progress =
        mmap(NULL, sizeof(*progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(progress != MAP_FAILED);
    random_init(&random, seed_get());
    for (; kill_count < KILLS * seed_effort(); kill_count++) {
        uint64_t database = kill_count / KILLS_PER_DATABASE;
        char name[32];

        where_set("kill %" PRIu64, kill_count);
        (void)snprintf(name, sizeof(name), "%" PRIu64 ".fh", database);
        if (kill_count % KILLS_PER_DATABASE == 0) memset(progress, 0, sizeof(*progress));
        kill_once(scratch_path(scratch, name), database % 2 == 0 ? 512 : 8192, &random);
    }
    assert_true(recovery_count > kill_count / 10);
    assert_int_equal(munmap(progress, sizeof(*progress)), 0);
    where_done();
}

static int teardown(void **state)
{
    (void)where_teardown(state);
    return scratch_teardown(state);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_acknowledged_survives_any_number_of_kills,
                                        scratch_setup_empty, teardown),
    };
    int failures;

    (void)argc;
    where_init(argv[0]);
    failures = cmocka_run_group_tests(tests, NULL, NULL);
    print_message("%" PRIu64 " kills, %" PRIu64 " of them with a log to replay\n", kill_count,
                  recovery_count);
    return failures;
}
