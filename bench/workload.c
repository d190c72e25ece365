/*
 * workload.c - what is measured: a table, a row each.
 *
 * A row checks its answers as it goes: an engine that forgets is not fast.
 */
#include "workload.h"

#include <pthread.h>
#include <string.h>

#include "stop.h"
#include "stopwatch.h"

enum { THREADS_MAX = 64, RANGE_ITEMS = 100, RANGE_SHARE = 30, SCAN_PASSES = 3 };

/* The part of `items` that is this runner's. */
static struct items share_of(const struct runner *runner, const struct items *items)
{
    size_t first = items->count * runner->share_no / runner->share_count;
    size_t end = items->count * (runner->share_no + 1) / runner->share_count;

    return (struct items){.item = items->item + first, .count = end - first};
}

static void demand_count(uint64_t count, uint64_t wanted, const struct runner *runner,
                         const char *what)
{
    if (count != wanted)
        stop("%s: wrong answer: %llu %s, not %llu", runner->driver->name, (unsigned long long)count,
             what, (unsigned long long)wanted);
}

/* ---- Writing ---- */

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

static uint64_t put_all(struct runner *runner, const struct items *items, uint64_t batch_count)
{
    const struct driver *driver = runner->driver;

    for (size_t i = 0; i < items->count; i++) {
        if (i % batch_count == 0) {
            if (i > 0) driver->commit(runner->session);
            driver->begin(runner->session, ACCESS_WRITE);
        }
        driver->put(runner->session, driver_key(&items->item[i]), driver_value(&items->item[i]));
    }
    if (items->count > 0) driver->commit(runner->session);
    return items->count;
}

static uint64_t fill_sorted(struct runner *runner)
{
    return put_all(runner, &runner->course->sorted, runner->batch_count);
}

static uint64_t fill_mixed(struct runner *runner)
{
    return put_all(runner, &runner->course->mixed, runner->batch_count);
}

static uint64_t fill_mixed_at_once(struct runner *runner)
{
    return put_all(runner, &runner->course->mixed, runner->course->mixed.count);
}

static uint64_t erase_all(struct runner *runner)
{
    const struct driver *driver = runner->driver;
    const struct items *items = &runner->course->erases;
    uint64_t gone_count = 0;

    for (size_t i = 0; i < items->count; i++) {
        if (i % runner->batch_count == 0) {
            if (i > 0) driver->commit(runner->session);
            driver->begin(runner->session, ACCESS_WRITE);
        }
        gone_count += driver->erase(runner->session, driver_key(&items->item[i]));
    }
    if (items->count > 0) driver->commit(runner->session);
    demand_count(gone_count, items->count, runner, "items erased");
    return items->count;
}

/* ---- Reading ---- */

/* How many of the keys are there; in one transaction, or in one each. */
static uint64_t get_all(struct runner *runner, const struct items *items, bool is_txn_each)
{
    const struct driver *driver = runner->driver;
    struct tally tally = {0};
    struct bytes value;

    if (!is_txn_each) driver->begin(runner->session, ACCESS_READ);
    for (size_t i = 0; i < items->count; i++) {
        struct bytes key = driver_key(&items->item[i]);

        if (is_txn_each) driver->begin(runner->session, ACCESS_READ);
        if (driver->get(runner->session, key, &value)) driver_tally(&tally, key, value);
        if (is_txn_each) driver->commit(runner->session);
    }
    if (!is_txn_each) driver->commit(runner->session);
    return tally.item_count;
}

static uint64_t read_mixed(struct runner *runner)
{
    struct items items = share_of(runner, &runner->course->reads);

    demand_count(get_all(runner, &items, false), items.count, runner, "items read");
    return items.count;
}

static uint64_t read_txn_each(struct runner *runner)
{
    struct items items = share_of(runner, &runner->course->reads);

    demand_count(get_all(runner, &items, true), items.count, runner, "items read");
    return items.count;
}

static uint64_t read_missing(struct runner *runner)
{
    struct items items = share_of(runner, &runner->course->missing);

    demand_count(get_all(runner, &items, false), 0, runner, "items read");
    return items.count;
}

static uint64_t scan_forward(struct runner *runner)
{
    const struct bytes start = {NULL, 0};
    struct tally tally = {0};

    runner->driver->begin(runner->session, ACCESS_READ);
    for (int pass = 0; pass < SCAN_PASSES; pass++)
        runner->driver->scan(runner->session, start, UINT64_MAX, &tally);
    runner->driver->commit(runner->session);
    demand_count(tally.item_count, SCAN_PASSES * runner->course->sorted.count, runner,
                 "items scanned");
    return tally.item_count;
}

/* An operation is a range, not an item of one. */
static uint64_t scan_ranges(struct runner *runner)
{
    struct items items = share_of(runner, &runner->course->reads);
    uint64_t range_count = items.count / RANGE_SHARE;

    runner->driver->begin(runner->session, ACCESS_READ);
    for (uint64_t i = 0; i < range_count; i++) {
        struct tally tally = {0};

        runner->driver->scan(runner->session, driver_key(&items.item[i]), RANGE_ITEMS, &tally);
        if (tally.item_count == 0) demand_count(0, RANGE_ITEMS, runner, "items in a range");
    }
    runner->driver->commit(runner->session);
    return range_count;
}

const struct workload workload_table[] = {
    {"load", "sorted input, the engine's way for it, one transaction", GROUND_EMPTY, GROUND_OTHER,
     1, true, append_all},
    {"fill-seq", "puts in order, in batches", GROUND_EMPTY, GROUND_OTHER, 1, true, fill_sorted},
    {"fill-rand-once", "puts in random order, one transaction", GROUND_EMPTY, GROUND_OTHER, 1, true,
     fill_mixed_at_once},
    {"fill-rand", "puts in random order, in batches", GROUND_EMPTY, GROUND_FILLED, 1, true,
     fill_mixed},
    {"read-rand", "gets in random order, one transaction", GROUND_FILLED, GROUND_FILLED, 1, false,
     read_mixed},
    {"read-rand-2t", "the same by two threads", GROUND_FILLED, GROUND_FILLED, 2, false, read_mixed},
    {"read-txn", "gets in random order, a transaction each", GROUND_FILLED, GROUND_FILLED, 1, false,
     read_txn_each},
    {"read-missing", "gets of keys that are not there", GROUND_FILLED, GROUND_FILLED, 1, false,
     read_missing},
    {"scan", "all items in order; time per item", GROUND_FILLED, GROUND_FILLED, 1, false,
     scan_forward},
    {"range-100", "100 items from a random place; time per range", GROUND_FILLED, GROUND_FILLED, 1,
     false, scan_ranges},
    {"delete-rand", "all items erased in random order, in batches", GROUND_FILLED, GROUND_OTHER, 1,
     true, erase_all},
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
    const struct workload *workload;
    pthread_t thread;
    uint64_t op_count;
};

static void *work(void *context)
{
    struct worker *worker = context;

    worker->op_count = worker->workload->run(&worker->runner);
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
                               void *database, const struct course *course, uint64_t batch_count)
{
    struct worker workers[THREADS_MAX];
    unsigned thread_count = workload->thread_count;
    struct stopwatch watch;
    struct sample sample = {0};

    if (thread_count == 0 || thread_count > THREADS_MAX)
        stop("%s: not for %u threads", workload->name, thread_count);
    for (unsigned i = 0; i < thread_count; i++)
        workers[i] = (struct worker){.workload = workload,
                                     .runner = {.driver = driver,
                                                .session = driver->enter(database),
                                                .course = course,
                                                .batch_count = batch_count,
                                                .share_no = i,
                                                .share_count = thread_count}};
    stopwatch_start(&watch, WATCH_SELF);
    sample.op_count = run_workers(workers, thread_count);
    stopwatch_stop(&watch);
    for (unsigned i = 0; i < thread_count; i++)
        driver->leave(workers[i].runner.session);
    sample.wall_ns = watch.wall_ns;
    sample.cpu_ns = watch.cpu_ns;
    return sample;
}

void course_init(struct course *course, enum key_kind kind, size_t item_count, uint32_t value_size)
{
    struct items made;

    *course = (struct course){.kind = kind};
    items_make(&made, kind, 0, item_count, value_size);
    items_sorted(&course->sorted, &made);
    items_shuffled(&course->mixed, &made, 1);
    items_shuffled(&course->reads, &made, 2);
    items_shuffled(&course->erases, &made, 3);
    items_make(&course->missing, kind, item_count, item_count, value_size);
    items_fini(&made);
}

void course_fini(struct course *course)
{
    items_fini(&course->sorted);
    items_fini(&course->mixed);
    items_fini(&course->reads);
    items_fini(&course->erases);
    items_fini(&course->missing);
}
