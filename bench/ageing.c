/*
 * ageing.c - one database that grows old.
 */
#include "ageing.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "stop.h"
#include "stopwatch.h"

enum { LOAD_BATCH = 1000, TXNS_FIRST = 1024, SCANS_MAX = 50 };

static const uint64_t second_ns = UINT64_C(1000000000);

/* Scans of small databases are repeated until they have taken that long. */
static const uint64_t scans_ns = UINT64_C(50000000);

/* Weighing files costs too much to do it after each commit. */
static const uint64_t look_every_ns = UINT64_C(50000000);

/* ---- Looking ---- */

/* Compares what `session` sees with `wanted`, byte for byte. */
static void compare(const struct ageing *ageing, void *session, const struct items *wanted)
{
    struct tally tally = {.wanted = wanted->item};

    ageing->driver->scan(session, (struct bytes){NULL, 0}, wanted->count + 1, &tally);
    if (tally.item_count != wanted->count || tally.wrong_count > 0)
        stop("%s: wrong answer: %llu items, of which %llu are wrong, not %zu", ageing->driver->name,
             (unsigned long long)tally.item_count, (unsigned long long)tally.wrong_count,
             wanted->count);
}

/*
 * Megabytes a second of CPU time, which a neighbour on the machine disturbs least; the best of
 * some scans. It is compared first, so that memory is as warm for all.
 */
static double scan_all(struct ageing *ageing, void *session)
{
    struct items wanted;
    uint64_t best_ns = UINT64_MAX;
    uint64_t sum_ns = 0;
    uint64_t byte_count = 0;

    living_sorted(&ageing->living, &wanted);
    ageing->driver->begin(session, ACCESS_READ);
    compare(ageing, session, &wanted);
    for (int pass = 0; pass < SCANS_MAX && sum_ns < scans_ns; pass++) {
        struct tally tally = {.reads_all = true};
        uint64_t time_ns = stopwatch_cpu();

        ageing->driver->scan(session, (struct bytes){NULL, 0}, UINT64_MAX, &tally);
        time_ns = stopwatch_cpu() - time_ns;
        sum_ns += time_ns;
        byte_count = tally.byte_count;
        if (time_ns > 0 && time_ns < best_ns) best_ns = time_ns;
    }
    ageing->driver->commit(session);
    items_fini(&wanted);
    return (double)byte_count * 1000 / (double)best_ns;
}

static void look_at_peak(struct ageing *ageing)
{
    uint64_t bytes = scratch_bytes(ageing->folder);

    if (bytes > ageing->round->peak_bytes) ageing->round->peak_bytes = bytes;
    ageing->looked_ns = stopwatch_now();
}

/* ---- Transactions ---- */

bool ageing_may_go_on(const struct ageing *ageing)
{
    return stopwatch_now() < ageing->deadline_ns;
}

void ageing_begin(struct ageing *ageing)
{
    ageing->began_cpu_ns = stopwatch_cpu();
    ageing->began_ns = stopwatch_now();
    ageing->driver->begin(ageing->session, ACCESS_WRITE);
}

static void note_txn(struct ageing *ageing, uint64_t time_ns)
{
    if (ageing->txn_count == ageing->txn_capacity) {
        size_t capacity = ageing->txn_capacity > 0 ? 2 * ageing->txn_capacity : TXNS_FIRST;
        uint32_t *txn_ns = realloc(ageing->txn_ns, capacity * sizeof(*txn_ns));

        if (txn_ns == NULL) stop("no memory");
        ageing->txn_ns = txn_ns;
        ageing->txn_capacity = capacity;
    }
    ageing->txn_ns[ageing->txn_count++] = time_ns < UINT32_MAX ? (uint32_t)time_ns : UINT32_MAX;
    ageing->round->busy_ns += time_ns;
}

void ageing_commit(struct ageing *ageing)
{
    uint64_t cpu_ns;

    ageing->driver->commit(ageing->session);
    note_txn(ageing, stopwatch_now() - ageing->began_ns);
    cpu_ns = stopwatch_cpu() - ageing->began_cpu_ns;
    if (cpu_ns > ageing->round->txn_cpu_max_ns) ageing->round->txn_cpu_max_ns = cpu_ns;
    if (stopwatch_now() - ageing->looked_ns > look_every_ns) look_at_peak(ageing);
}

static void put(struct ageing *ageing, size_t place)
{
    unsigned char key[LIVING_KEY_BYTES];
    struct item item = living_item(&ageing->living, place, key);

    ageing->driver->put(ageing->session, driver_key(&item), driver_value(&item));
    ageing->round->op_count++;
}

void ageing_add(struct ageing *ageing, uint32_t value_size)
{
    put(ageing, living_add(&ageing->living, value_size));
}

void ageing_renew(struct ageing *ageing, size_t place)
{
    living_renew(&ageing->living, place);
    put(ageing, place);
}

void ageing_erase(struct ageing *ageing, size_t place)
{
    unsigned char key[LIVING_KEY_BYTES];
    struct item item = living_item(&ageing->living, place, key);

    ageing->driver->erase(ageing->session, driver_key(&item));
    living_remove(&ageing->living, place);
    ageing->round->op_count++;
}

void ageing_erase_all(struct ageing *ageing)
{
    ageing->driver->clear(ageing->session);
    living_clear(&ageing->living);
    ageing->round->op_count++;
}

size_t ageing_draw(struct ageing *ageing)
{
    return ageing->living.first + (size_t)dice_below(&ageing->dice, living_count(&ageing->living));
}

/* ---- Snapshots ---- */

void ageing_pin(struct ageing *ageing)
{
    struct tally tally = {.wanted = NULL};

    living_sorted(&ageing->living, &ageing->pinned);
    ageing->reader = ageing->driver->enter(ageing->database);
    ageing->driver->begin(ageing->reader, ACCESS_READ);
    /* Some engines take the snapshot at the first read. */
    ageing->driver->scan(ageing->reader, (struct bytes){NULL, 0}, 1, &tally);
}

void ageing_unpin(struct ageing *ageing)
{
    if (ageing->reader == NULL) return;
    compare(ageing, ageing->reader, &ageing->pinned);
    ageing->driver->commit(ageing->reader);
    ageing->driver->leave(ageing->reader);
    items_fini(&ageing->pinned);
    ageing->reader = NULL;
}

/* ---- Rounds ---- */

bool ageing_begin_round(struct ageing *ageing)
{
    struct ageing_course *course = ageing->course;

    if (course->round_count == AGEING_ROUNDS_MAX) return false;
    if (!ageing_may_go_on(ageing)) {
        course->was_cut = true;
        return false;
    }
    ageing->round = &course->round[course->round_count];
    *ageing->round = (struct ageing_round){.condition = {.layout = -1, .fill = -1}};
    ageing->txn_count = 0;
    ageing->round->cpu_ns = stopwatch_cpu();
    look_at_peak(ageing);
    return true;
}

/* A round that was cut is none: its figures would be those of less work. */
void ageing_end_round(struct ageing *ageing)
{
    struct ageing_round *round = ageing->round;

    if (!ageing_may_go_on(ageing)) {
        ageing->course->was_cut = true;
        return;
    }
    round->cpu_ns = stopwatch_cpu() - round->cpu_ns;
    if (ageing->txn_count > 0) round->txns = figures_delay(ageing->txn_ns, ageing->txn_count);
    look_at_peak(ageing);
    round->file_bytes = scratch_length(ageing->folder);
    round->allocated_bytes = scratch_bytes(ageing->folder);
    round->payload_bytes = ageing->living.payload_bytes;
    round->scan_megabytes = scan_all(ageing, ageing->session);
    if (ageing->driver->describe != NULL)
        ageing->driver->describe(ageing->database, &round->condition);
    ageing->course->round_count++;
}

static void open_database(struct ageing *ageing)
{
    char path[SCRATCH_PATH_BYTES];

    scratch_join(path, ageing->folder, "db");
    ageing->database = ageing->driver->open(path, ageing->durability);
    ageing->session = ageing->driver->enter(ageing->database);
}

void ageing_open(struct ageing *ageing, struct ageing_course *course)
{
    ageing->course = course;
    ageing->dice = (struct dice){.state = 11};
    ageing->deadline_ns = stopwatch_now() + ageing->seconds_max * second_ns;
    open_database(ageing);
}

static void close_database(struct ageing *ageing)
{
    ageing->driver->leave(ageing->session);
    ageing->driver->close(ageing->database);
}

/* The same items in a new database, put in order; how fast it is scanned. */
static double scan_fresh(struct ageing *ageing)
{
    struct items items;
    double speed = 0;

    scratch_make(ageing->folder);
    living_sorted(&ageing->living, &items);
    open_database(ageing);
    for (size_t i = 0; i < items.count; i++) {
        if (i % LOAD_BATCH == 0) {
            if (i > 0) ageing->driver->commit(ageing->session);
            ageing->driver->begin(ageing->session, ACCESS_WRITE);
        }
        ageing->driver->put(ageing->session, driver_key(&items.item[i]),
                            driver_value(&items.item[i]));
    }
    if (items.count > 0) ageing->driver->commit(ageing->session);
    speed = scan_all(ageing, ageing->session);
    close_database(ageing);
    items_fini(&items);
    return speed;
}

void ageing_close(struct ageing *ageing)
{
    const struct timespec rest = {.tv_sec = 1};

    ageing_unpin(ageing);
    ageing->driver->checkpoint(ageing->database);
    (void)nanosleep(&rest, NULL);
    ageing->course->settled_bytes = scratch_bytes(ageing->folder);
    if (ageing->driver->weigh != NULL)
        ageing->driver->weigh(ageing->database, &ageing->course->settled);
    close_database(ageing);
    ageing->course->closed_bytes = scratch_bytes(ageing->folder);
    ageing->course->written_bytes = scratch_written();
    ageing->course->fresh_scan_megabytes = scan_fresh(ageing);
    ageing->course->durability = ageing->durability;
    free(ageing->txn_ns);
    living_fini(&ageing->living);
}
