/*
 * promise_work.c - the workloads behind the table of promises.
 */
#include "promise_work.h"

#include "ageing_table.h"
#include "scratch.h"
#include "stopwatch.h"

enum {
    SMALL_COMMITS = 400,
    LARGE_COMMITS = 40,
    LARGE_BYTES = 64 << 10,
    VALUE_BYTES = 1000,
    PER_TXN = 1000,
    LEFT_SHARE = 20,
    LOOK_COMMITS = 256,
    PATIENCE_SECONDS = 10,
    READER_ROUNDS = 6,
    WORK_COMMITS = 20000
};

static const uint64_t second_ns = UINT64_C(1000000000);
static const uint64_t slack_bytes = UINT64_C(4) << 20;
static const uint64_t reader_bytes = UINT64_C(6000000);

/* ---- Commits, by CPU time ---- */

static void commit_small(struct ageing *ageing, int count)
{
    for (int i = 0; i < count; i++) {
        ageing_begin(ageing);
        ageing_renew(ageing, ageing_draw(ageing));
        ageing_commit(ageing);
    }
}

static double time_small(struct ageing *ageing)
{
    uint64_t time_ns = stopwatch_cpu();

    commit_small(ageing, SMALL_COMMITS);
    return (double)(stopwatch_cpu() - time_ns) / SMALL_COMMITS;
}

/* The item added goes again, untimed. */
static double time_large(struct ageing *ageing)
{
    uint64_t sum_ns = 0;

    for (int i = 0; i < LARGE_COMMITS; i++) {
        uint64_t time_ns = stopwatch_cpu();

        ageing_begin(ageing);
        ageing_add(ageing, LARGE_BYTES);
        ageing_commit(ageing);
        sum_ns += stopwatch_cpu() - time_ns;
        ageing_begin(ageing);
        ageing_erase(ageing, ageing->living.end - 1);
        ageing_commit(ageing);
    }
    return (double)sum_ns / LARGE_COMMITS;
}

/* ---- Filled, emptied ---- */

static size_t fill(struct ageing *ageing)
{
    size_t count = (size_t)(ageing->payload_bytes / (VALUE_BYTES + LIVING_KEY_BYTES));

    ageing->living.value_min = ageing->living.value_max = VALUE_BYTES;
    while (living_count(&ageing->living) < count && ageing_may_go_on(ageing)) {
        ageing_begin(ageing);
        for (int i = 0; i < PER_TXN && living_count(&ageing->living) < count; i++)
            ageing_add(ageing, 0);
        ageing_commit(ageing);
    }
    return count;
}

static void delete_most(struct ageing *ageing, size_t count, bool is_head)
{
    while (living_count(&ageing->living) > count / LEFT_SHARE && ageing_may_go_on(ageing)) {
        ageing_begin(ageing);
        for (int i = 0; i < PER_TXN && living_count(&ageing->living) > count / LEFT_SHARE; i++)
            ageing_erase(ageing, is_head ? ageing->living.first : ageing_draw(ageing));
        ageing_commit(ageing);
    }
}

static bool is_small(const struct ageing *ageing)
{
    return scratch_bytes(ageing->folder) * 2 <= ageing->living.payload_bytes * 3;
}

/* Of engines that tell what is live: beside that. */
static bool is_promised(const struct ageing *ageing)
{
    struct condition condition;

    if (ageing->driver->weigh == NULL) return is_small(ageing);
    ageing->driver->weigh(ageing->database, &condition);
    return scratch_bytes(ageing->folder) * 10 <= condition.live_bytes * 13 + slack_bytes * 10;
}

/* How long what is promised takes; the commits go on until the files are as small as hoped for. */
static void wait_for_small(struct ageing *ageing)
{
    double *seconds = &ageing->course->extra[EXTRA_SECONDS];
    uint64_t start_ns = stopwatch_now();
    uint64_t passed_ns = 0;

    *seconds = -1;
    while (passed_ns < PATIENCE_SECONDS * second_ns && (*seconds < 0 || !is_small(ageing))) {
        if (*seconds < 0 && is_promised(ageing)) *seconds = (double)passed_ns / 1e9;
        commit_small(ageing, LOOK_COMMITS);
        passed_ns = stopwatch_now() - start_ns;
    }
    if (*seconds < 0) *seconds = (double)passed_ns / 1e9;
}

static void empty_out(struct ageing *ageing, bool is_head)
{
    double *extra = ageing->course->extra;
    size_t count;

    ageing->living.is_ascending = is_head;
    if (!ageing_begin_round(ageing)) return;
    count = fill(ageing);
    extra[EXTRA_SMALL_BEFORE] = time_small(ageing);
    extra[EXTRA_LARGE_BEFORE] = time_large(ageing);
    ageing_end_round(ageing);
    if (!ageing_begin_round(ageing)) return;
    delete_most(ageing, count, is_head);
    ageing_end_round(ageing);
    if (!ageing_begin_round(ageing)) return;
    extra[EXTRA_SMALL_BESIDE] = time_small(ageing);
    extra[EXTRA_LARGE_BESIDE] = time_large(ageing);
    wait_for_small(ageing);
    ageing_end_round(ageing);
    if (!ageing_begin_round(ageing)) return;
    extra[EXTRA_SMALL_AFTER] = time_small(ageing);
    extra[EXTRA_LARGE_AFTER] = time_large(ageing);
    ageing_end_round(ageing);
}

void promise_emptied(struct ageing *ageing, unsigned round_count)
{
    (void)round_count;
    empty_out(ageing, false);
}

void promise_pruned(struct ageing *ageing, unsigned round_count)
{
    (void)round_count;
    empty_out(ageing, true);
}

void promise_compacted(struct ageing *ageing, unsigned round_count)
{
    double *extra = ageing->course->extra;
    struct condition condition = {.live_bytes = 0};
    size_t count;

    (void)round_count;
    if (!ageing_begin_round(ageing)) return;
    count = fill(ageing);
    ageing_end_round(ageing);
    if (!ageing_begin_round(ageing)) return;
    delete_most(ageing, count, false);
    if (ageing->driver->compact != NULL) {
        uint64_t start_ns = stopwatch_now();

        ageing->driver->compact(ageing->database);
        extra[EXTRA_SECONDS] = (double)(stopwatch_now() - start_ns) / 1e9;
        extra[EXTRA_COMPACT_BYTES] = (double)scratch_bytes(ageing->folder);
        ageing->driver->weigh(ageing->database, &condition);
        extra[EXTRA_COMPACT_LIVE] = (double)condition.live_bytes;
        extra[EXTRA_COMPACT_LOG] = (double)condition.log_bytes;
    }
    ageing_end_round(ageing);
}

void promise_reader(struct ageing *ageing, unsigned round_count)
{
    (void)round_count;
    ageing->payload_bytes = reader_bytes * 8; /* an eighth of it is what `pinned` fills */
    ageing_named("pinned")->run(ageing, READER_ROUNDS);
}

void promise_worked_on(struct ageing *ageing, unsigned round_count)
{
    size_t count;

    (void)round_count;
    if (!ageing_begin_round(ageing)) return;
    count = fill(ageing);
    delete_most(ageing, count, false);
    commit_small(ageing, WORK_COMMITS);
    ageing_end_round(ageing);
}
