/*
 * workload.c - what is measured: a table, a row each.
 *
 * A row checks its answers as it goes, by their number and a sum over what was read: an engine
 * that forgets is not fast.
 */
#include "workload.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "opening.h"
#include "stop.h"
#include "stopwatch.h"

enum { THREADS_MAX = 64, RANGE_ITEMS = 100, RANGE_SHARE = 30, SCAN_PASSES = 3, LINE_BYTES = 64 };

enum { SYNCED_PUTS = 2000 };

/* Looking at the clock costs as much as a tenth of a cheap commit: not each time. */
enum { COMMITS_BETWEEN_LOOKS = 64 };

/* Items in a transaction of the fill that is not measured. */
enum { FILL_BATCH = 10000 };

static void demand_equal(uint64_t found, uint64_t wanted, const struct runner *runner,
                         const char *what)
{
    if (found != wanted)
        stop("%s: %s: wrong answer: %s %llu, not %llu", runner->driver->name,
             runner->workload->name, what, (unsigned long long)found, (unsigned long long)wanted);
}

/* The part of `items` that is this runner's. */
static struct items share_of(const struct runner *runner, const struct items *items)
{
    size_t first = items->count * runner->share_no / runner->share_count;
    size_t end = items->count * (runner->share_no + 1) / runner->share_count;

    return (struct items){.item = items->item + first, .count = end - first};
}

/* ---- Writing ---- */

/* Between transactions: is the time over? */
static bool is_late(struct runner *runner, uint64_t txn_no)
{
    if (runner->batch_count == 1 && runner->commit_ns == NULL &&
        txn_no % COMMITS_BETWEEN_LOOKS != 0)
        return false;
    runner->was_cut = stopwatch_now() > runner->deadline_ns;
    return runner->was_cut;
}

enum change { CHANGE_PUT, CHANGE_ERASE };

/* Changes items in transactions of batch_count; how many it came to. */
static uint64_t change_all(struct runner *runner, const struct items *items, enum change change)
{
    const struct driver *driver = runner->driver;
    size_t at = 0;

    for (uint64_t txn_no = 1; at < items->count && !is_late(runner, txn_no); txn_no++) {
        size_t end = items->count - at > runner->batch_count ? at + (size_t)runner->batch_count
                                                             : items->count;

        uint64_t began_ns = runner->commit_ns != NULL ? stopwatch_now() : 0;

        driver->begin(runner->session, ACCESS_WRITE);
        for (; at < end; at++) {
            struct bytes key = driver_key(&items->item[at]);

            if (change == CHANGE_PUT)
                driver->put(runner->session, key, driver_value(&items->item[at]));
            else
                driver->erase(runner->session, key);
        }
        driver->commit(runner->session);
        if (runner->commit_ns != NULL)
            runner->commit_ns[runner->commit_count++] = (uint32_t)(stopwatch_now() - began_ns);
    }
    return at;
}

static uint64_t append_all(struct runner *runner)
{
    const struct driver *driver = runner->driver;
    const struct items *items = &runner->course->sorted;

    driver->begin(runner->session, ACCESS_WRITE);
    for (size_t i = 0; i < items->count; i++)
        driver->append(runner->session, driver_key(&items->item[i]), driver_value(&items->item[i]));
    driver->commit(runner->session);
    return items->count;
}

static uint64_t fill_sorted(struct runner *runner)
{
    return change_all(runner, &runner->course->sorted, CHANGE_PUT);
}

static uint64_t fill_mixed(struct runner *runner)
{
    return change_all(runner, &runner->course->mixed, CHANGE_PUT);
}

static uint64_t overwrite_all(struct runner *runner)
{
    return change_all(runner, &runner->course->overwrites, CHANGE_PUT);
}

/* A wait for the medium each: few are enough. */
static uint64_t overwrite_some(struct runner *runner)
{
    struct items items = runner->course->overwrites;

    if (items.count > SYNCED_PUTS) items.count = SYNCED_PUTS;
    return change_all(runner, &items, CHANGE_PUT);
}

static uint64_t erase_all(struct runner *runner)
{
    return change_all(runner, &runner->course->reads, CHANGE_ERASE);
}

/* ---- Reading ---- */

/* Was each item that was asked for read as often as it was? */
static void check_stamps(const struct runner *runner)
{
    const struct items *asked = &runner->asked;
    uint64_t sum = 0;

    for (size_t i = 0; i < asked->count; i++)
        sum += driver_stamp(driver_value(&asked->item[i]));
    demand_equal(runner->read.item_count, runner->pass_count * asked->count, runner, "items read");
    demand_equal(runner->read.stamp, runner->pass_count * sum, runner, "the sum of their values");
}

static void check_large(const struct runner *runner)
{
    const struct items *asked = &runner->asked;
    uint64_t sum = 0;

    for (size_t i = 0; i < asked->count; i++)
        for (size_t at = 0; at < asked->item[i].value_size; at += LINE_BYTES)
            sum += asked->item[i].value[at];
    demand_equal(runner->read.stamp, sum, runner, "the sum of the values' bytes");
}

/* Asks for each key, in one transaction or in one each, and counts what is there. */
static void get_all(struct runner *runner, const struct items *items, bool is_txn_each)
{
    struct tally *tally = &runner->read;
    const struct driver *driver = runner->driver;
    struct bytes value;

    if (!is_txn_each) driver->begin(runner->session, ACCESS_READ);
    for (size_t i = 0; i < items->count; i++) {
        struct bytes key = driver_key(&items->item[i]);

        if (is_txn_each) driver->begin(runner->session, ACCESS_READ);
        if (driver->get(runner->session, key, &value)) driver_tally(tally, key, value);
        if (is_txn_each) driver->commit(runner->session);
    }
    if (!is_txn_each) driver->commit(runner->session);
}

/* Some keys by one call, or by a get each where there is no such call. */
static void get_some(struct runner *runner, const struct item *items, size_t count)
{
    const struct driver *driver = runner->driver;
    struct bytes keys[DRIVER_MANY_MAX];
    struct bytes values[DRIVER_MANY_MAX];

    for (size_t i = 0; i < count; i++)
        keys[i] = driver_key(&items[i]);
    if (driver->get_many != NULL) driver->get_many(runner->session, keys, count, values);
    for (size_t i = 0; i < count; i++) {
        if (driver->get_many == NULL && !driver->get(runner->session, keys[i], &values[i]))
            values[i].data = NULL;
        if (values[i].data != NULL) driver_tally(&runner->read, keys[i], values[i]);
    }
}

static uint64_t read_many(struct runner *runner)
{
    const struct items *asked = &runner->asked;

    runner->asked = share_of(runner, &runner->course->reads);
    runner->pass_count = 1;
    runner->check = check_stamps;
    runner->driver->begin(runner->session, ACCESS_READ);
    for (size_t i = 0; i < asked->count; i += DRIVER_MANY_MAX)
        get_some(runner, &asked->item[i],
                 asked->count - i < DRIVER_MANY_MAX ? asked->count - i : DRIVER_MANY_MAX);
    runner->driver->commit(runner->session);
    return asked->count;
}

static uint64_t read_items(struct runner *runner, const struct items *all, bool is_txn_each)
{
    runner->asked = share_of(runner, all);
    runner->pass_count = 1;
    runner->check = check_stamps;
    get_all(runner, &runner->asked, is_txn_each);
    return runner->asked.count;
}

static uint64_t read_mixed(struct runner *runner)
{
    return read_items(runner, &runner->course->reads, false);
}

static uint64_t read_txn_each(struct runner *runner)
{
    return read_items(runner, &runner->course->reads, true);
}

/* None of them is read, so none is what must be. */
static uint64_t read_missing(struct runner *runner)
{
    struct items items = share_of(runner, &runner->course->missing);

    runner->check = check_stamps;
    get_all(runner, &items, false);
    return items.count;
}

/* A large value is of use only when all of it is looked at: once in each cache line. */
static uint64_t read_large(struct runner *runner)
{
    const struct driver *driver = runner->driver;

    runner->asked = runner->course->overwrites;
    runner->check = check_large;
    driver->begin(runner->session, ACCESS_READ);
    for (size_t i = 0; i < runner->asked.count; i++) {
        struct bytes value = {NULL, 0};

        if (!driver->get(runner->session, driver_key(&runner->asked.item[i]), &value)) continue;
        for (size_t at = 0; at < value.size; at += LINE_BYTES)
            runner->read.stamp += ((const unsigned char *)value.data)[at];
    }
    driver->commit(runner->session);
    return runner->asked.count;
}

static uint64_t scan_forward(struct runner *runner)
{
    const struct bytes start = {NULL, 0};

    runner->asked = runner->course->sorted;
    runner->pass_count = SCAN_PASSES;
    runner->check = check_stamps;
    runner->driver->begin(runner->session, ACCESS_READ);
    for (int pass = 0; pass < SCAN_PASSES; pass++)
        runner->driver->scan(runner->session, start, UINT64_MAX, &runner->read);
    runner->driver->commit(runner->session);
    return runner->read.item_count;
}

/* An operation is a range, not an item of one; only the last items begin shorter ones. */
static uint64_t scan_ranges(struct runner *runner)
{
    struct items items = share_of(runner, &runner->course->reads);
    uint64_t range_count = items.count / RANGE_SHARE;
    uint64_t short_count = 0;

    runner->driver->begin(runner->session, ACCESS_READ);
    for (uint64_t i = 0; i < range_count; i++) {
        struct tally tally = {.wanted = NULL};

        runner->driver->scan(runner->session, driver_key(&items.item[i]), RANGE_ITEMS, &tally);
        if (tally.item_count == 0) demand_equal(0, RANGE_ITEMS, runner, "items in a range");
        short_count += tally.item_count != RANGE_ITEMS;
    }
    runner->driver->commit(runner->session);
    if (short_count >= RANGE_ITEMS) demand_equal(short_count, 0, runner, "ranges cut short");
    return range_count;
}

/* ---- Both ---- */

/* Each operation is a transaction of its own; `write_every`-th puts, the others get. */
static uint64_t mix(struct runner *runner, unsigned write_every)
{
    const struct driver *driver = runner->driver;
    const struct items *items = &runner->course->zipf;
    struct tally tally = {0};
    uint64_t wanted = 0;
    size_t i = 0;

    runner->batch_count = 1;
    for (; i < items->count && !is_late(runner, i + 1); i++) {
        const struct item *item = &items->item[i];
        struct bytes value;

        if (i % write_every == 0) {
            driver->begin(runner->session, ACCESS_WRITE);
            driver->put(runner->session, driver_key(item), driver_value(item));
            driver->commit(runner->session);
            continue;
        }
        driver->begin(runner->session, ACCESS_READ);
        if (driver->get(runner->session, driver_key(item), &value))
            driver_tally(&tally, driver_key(item), value);
        driver->commit(runner->session);
        wanted++;
    }
    demand_equal(tally.item_count, wanted, runner, "items read");
    return i;
}

static uint64_t mix_95(struct runner *runner)
{
    return mix(runner, 20);
}

static uint64_t mix_50(struct runner *runner)
{
    return mix(runner, 2);
}

/* ---- The table ---- */

#define FILL(title, text, level, batch, function)                                            \
    {                                                                                        \
        .name = (title), .words = (text), .before = GROUND_EMPTY, .after = GROUND_OTHER,     \
        .durability = (level), .batch_count = (batch), .thread_count = 1, .run = (function), \
        .tells_bytes = true                                                                  \
    }

#define READ(title, text, threads, function)                                               \
    {                                                                                      \
        .name = (title), .words = (text), .before = GROUND_FILLED, .after = GROUND_FILLED, \
        .durability = DURABILITY_NO_SYNC, .thread_count = (threads), .only_reads = true,   \
        .run = (function)                                                                  \
    }

#define CHANGE(title, text, size, from, to, batch, function)                                \
    {                                                                                       \
        .name = (title), .words = (text), .scale = (size), .before = (from), .after = (to), \
        .durability = DURABILITY_NO_SYNC, .batch_count = (batch), .thread_count = 1,        \
        .run = (function)                                                                   \
    }

const struct workload workload_table[] = {
    FILL("load", "sorted input, the engine's way for it, one transaction", DURABILITY_SYNC, 0,
         append_all),
    FILL("fill-seq", "puts in order, in batches", DURABILITY_NO_SYNC, 0, fill_sorted),
    FILL("fill-seq-sync", "the same, each batch synced", DURABILITY_SYNC, 0, fill_sorted),
    FILL("fill-seq-1", "puts in order, a transaction each", DURABILITY_NO_SYNC, 1, fill_sorted),
    FILL("fill-rand-sync", "puts in random order, each batch synced", DURABILITY_SYNC, 0,
         fill_mixed),
    FILL("fill-rand-1", "puts in random order, a transaction each", DURABILITY_NO_SYNC, 1,
         fill_mixed),
    {.name = "fill-rand",
     .words = "puts in random order, in batches",
     .before = GROUND_EMPTY,
     .after = GROUND_FILLED,
     .durability = DURABILITY_NO_SYNC,
     .thread_count = 1,
     .tells_bytes = true,
     .tells_memory = true,
     .run = fill_mixed},
    {.name = "read-rand",
     .words = "gets in random order, one transaction",
     .before = GROUND_FILLED,
     .after = GROUND_FILLED,
     .durability = DURABILITY_NO_SYNC,
     .thread_count = 1,
     .only_reads = true,
     .tells_memory = true,
     .run = read_mixed},
    READ("read-rand-2t", "the same by two threads, each with its half", 2, read_mixed),
    READ("read-many", "gets in random order, 100 keys a call where there is one", 1, read_many),
    READ("read-txn", "gets in random order, a transaction each", 1, read_txn_each),
    READ("read-txn-2t", "the same by two threads", 2, read_txn_each),
    READ("read-missing", "gets of keys that are not there", 1, read_missing),
    READ("read-missing-2t", "the same by two threads", 2, read_missing),
    READ("scan", "all items in order; time per item", 1, scan_forward),
    READ("range-100", "100 items from a random place; time per range", 1, scan_ranges),
    {.name = "open-cold",
     .words = "open and one get, nothing of the file in memory",
     .before = GROUND_FILLED,
     .after = GROUND_FILLED,
     .durability = DURABILITY_SYNC,
     .run_apart = opening_cold},
    {.name = "open-killed",
     .words = "open and one get after kill -9 among 1000 synced transactions",
     .before = GROUND_FILLED,
     .after = GROUND_OTHER,
     .durability = DURABILITY_SYNC,
     .run_apart = opening_killed},
    CHANGE("overwrite", "all values anew in random order, in batches", SCALE_SMALL, GROUND_FILLED,
           GROUND_REWRITTEN, 0, overwrite_all),
    CHANGE("mix-95-5", "95 gets, 5 puts, a transaction each, by Zipf's law", SCALE_SMALL,
           GROUND_REWRITTEN, GROUND_REWRITTEN, 1, mix_95),
    CHANGE("mix-50-50", "50 gets, 50 puts, a transaction each, by Zipf's law", SCALE_SMALL,
           GROUND_REWRITTEN, GROUND_REWRITTEN, 1, mix_50),
    {.name = "put-sync",
     .words = "a put in random order for each synced commit",
     .before = GROUND_REWRITTEN,
     .after = GROUND_REWRITTEN,
     .durability = DURABILITY_SYNC,
     .batch_count = 1,
     .thread_count = 1,
     .tells_commits = true,
     .run = overwrite_some},
    CHANGE("delete-rand", "all items erased in random order, in batches", SCALE_SMALL,
           GROUND_REWRITTEN, GROUND_EMPTY, 0, erase_all),
    CHANGE("overwrite-64k", "values of 64 KiB anew, 16 a transaction", SCALE_64K, GROUND_FILLED,
           GROUND_REWRITTEN, 16, overwrite_all),
    {.name = "get-64k",
     .words = "values of 64 KiB, each cache line touched",
     .scale = SCALE_64K,
     .before = GROUND_REWRITTEN,
     .after = GROUND_REWRITTEN,
     .durability = DURABILITY_NO_SYNC,
     .thread_count = 1,
     .only_reads = true,
     .run = read_large},
    CHANGE("overwrite-1m", "values of 1 MiB anew, one a transaction", SCALE_1M, GROUND_FILLED,
           GROUND_REWRITTEN, 1, overwrite_all),
    {.name = "get-1m",
     .words = "values of 1 MiB, each cache line touched",
     .scale = SCALE_1M,
     .before = GROUND_REWRITTEN,
     .after = GROUND_REWRITTEN,
     .durability = DURABILITY_NO_SYNC,
     .thread_count = 1,
     .only_reads = true,
     .run = read_large},
    {.name = NULL},
};

const struct workload *workload_named(const char *name)
{
    for (const struct workload *row = workload_table; row->name != NULL; row++)
        if (strcmp(row->name, name) == 0) return row;
    return NULL;
}

/* ---- Measuring ---- */

struct worker {
    struct runner runner;
    pthread_t thread;
    uint64_t op_count;
};

static void *work(void *context)
{
    struct worker *worker = context;

    worker->op_count = worker->runner.workload->run(&worker->runner);
    return NULL;
}

/* The first worker is this thread itself. */
static uint64_t run_workers(struct worker *workers, unsigned count)
{
    uint64_t op_count = 0;

    for (unsigned i = 1; i < count; i++)
        if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0)
            stop("no thread could be started");
    work(&workers[0]);
    for (unsigned i = 1; i < count; i++)
        pthread_join(workers[i].thread, NULL);
    for (unsigned i = 0; i < count; i++)
        op_count += workers[i].op_count;
    return op_count;
}

struct sample workload_measure(const struct workload *workload, const struct driver *driver,
                               void *database, const struct course *course, uint64_t batch_count,
                               unsigned seconds_max)
{
    struct worker workers[THREADS_MAX] = {{.op_count = 0}};
    unsigned thread_count = workload->thread_count;
    struct runner *first = NULL;
    struct stopwatch watch;
    struct sample sample = {0};

    if (thread_count == 0 || thread_count > THREADS_MAX)
        stop("%s: not for %u threads", workload->name, thread_count);
    for (unsigned i = 0; i < thread_count; i++)
        workers[i] = (struct worker){
            .runner = {.workload = workload,
                       .driver = driver,
                       .session = driver->enter(database),
                       .course = course,
                       .batch_count =
                           workload->batch_count > 0 ? workload->batch_count : batch_count,
                       .share_no = i,
                       .share_count = thread_count,
                       .deadline_ns = stopwatch_now() + seconds_max * UINT64_C(1000000000)}};
    first = &workers[0].runner;
    if (workload->tells_commits)
        first->commit_ns = stop_or_memory(course->item_count * sizeof(*first->commit_ns));
    stopwatch_start(&watch, WATCH_SELF);
    sample.op_count = run_workers(workers, thread_count);
    stopwatch_stop(&watch);
    for (unsigned i = 0; i < thread_count; i++) {
        if (workers[i].runner.check != NULL) workers[i].runner.check(&workers[i].runner);
        driver->leave(workers[i].runner.session);
    }
    sample.wall_ns = watch.wall_ns;
    sample.cpu_ns = watch.cpu_ns;
    sample.was_cut = first->was_cut;
    if (first->commit_ns != NULL)
        sample.commits = figures_delay(first->commit_ns, first->commit_count);
    free(first->commit_ns);
    return sample;
}

void workload_fill(const struct driver *driver, void *database, const struct course *course,
                   enum ground ground)
{
    static const struct workload filling = {.name = "fill"};
    bool costs_sync = driver_promise(driver, DURABILITY_NO_SYNC) == DURABILITY_SYNC;
    struct runner runner = {.workload = &filling,
                            .driver = driver,
                            .session = driver->enter(database),
                            .course = course,
                            .deadline_ns = UINT64_MAX,
                            .batch_count = FILL_BATCH};

    /* Not more bytes in one transaction than an engine's cache may hold at ease. */
    if ((uint64_t)course->value_size * FILL_BATCH > DRIVER_CACHE_BYTES / 8)
        runner.batch_count = DRIVER_CACHE_BYTES / 8 / course->value_size;
    if (costs_sync) runner.batch_count *= 10;
    change_all(&runner, ground == GROUND_FILLED ? &course->mixed : &course->overwrites, CHANGE_PUT);
    driver->leave(runner.session);
}

void workload_verify(const struct driver *driver, void *database, const struct course *course,
                     enum ground ground)
{
    static const struct workload verifying = {.name = "verify"};
    struct runner runner = {.workload = &verifying, .driver = driver};
    const struct items *wanted = ground == GROUND_FILLED ? &course->sorted : &course->rewritten;
    struct tally tally = {.wanted = wanted->item};
    void *session = driver->enter(database);
    uint64_t item_count = ground == GROUND_EMPTY ? 0 : wanted->count;

    driver->begin(session, ACCESS_READ);
    driver->scan(session, (struct bytes){NULL, 0}, item_count + 1, &tally);
    driver->commit(session);
    driver->leave(session);
    demand_equal(tally.item_count, item_count, &runner, "items there");
    demand_equal(tally.wrong_count, 0, &runner, "wrong items");
}
