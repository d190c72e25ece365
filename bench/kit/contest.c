/*
 * contest.c - engines against each other: the same rows, turn by turn, round after round.
 */
#define _XOPEN_SOURCE 700 /* sync */
#include "contest.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "apart.h"
#include "stop.h"
#include "stopwatch.h"

/* What one turn needs, inherited by its process. */
struct turn {
    const struct contest *contest;
    const struct workload *row;
    const struct driver *driver;
    const struct course *course;
    const char *path;
    enum ground ground; /* to fill to, in a process that only prepares */
};

void contest_init(struct contest *contest)
{
    memset(contest, 0, sizeof(*contest));
    contest->item_count = 1000000;
    contest->round_count = 5;
    contest->batch_count = 1000;
    contest->value_size = 100;
    contest->large_bytes = UINT64_C(128) << 20;
    contest->warm_megabytes = 128;
    contest->seconds_max = 10;
    contest->folder = ".";
}

void contest_add(struct contest *contest, const struct driver *driver)
{
    struct contestant *contestant = &contest->contestants[contest->contestant_count];
    unsigned same_count = 1;

    if (contest->contestant_count == CONTESTANTS_MAX) stop("too many engines");
    for (unsigned i = 0; i < contest->contestant_count; i++)
        same_count += contest->contestants[i].driver == driver;
    *contestant = (struct contestant){.driver = driver};
    (void)snprintf(contestant->label, sizeof(contestant->label), same_count > 1 ? "%s-%u" : "%s",
                   driver->name, same_count);
    contest->contestant_count++;
}

bool contest_add_row(struct contest *contest, const char *name)
{
    const struct workload *row = workload_named(name);

    if (row == NULL || contest->row_count == ROWS_MAX) return false;
    contest->rows[contest->row_count++] = row;
    return true;
}

void contest_add_all_rows(struct contest *contest)
{
    for (const struct workload *row = workload_table; row->name != NULL; row++)
        (void)contest_add_row(contest, row->name);
}

/* ---- One turn, in a process of its own ---- */

static enum durability promise_of(const struct turn *turn)
{
    return driver_promise(turn->driver,
                          turn->contest->always_syncs ? DURABILITY_SYNC : turn->row->durability);
}

static void fill_apart(const void *task, void *answer)
{
    const struct turn *turn = task;
    void *database =
        turn->driver->open(turn->path, driver_promise(turn->driver, DURABILITY_NO_SYNC));

    workload_fill(turn->driver, database, turn->course, turn->ground);
    turn->driver->close(database);
    memset(answer, 0, sizeof(struct sample));
}

static void measure_apart(const void *task, void *answer)
{
    const struct turn *turn = task;
    const struct workload *row = turn->row;
    struct sample *sample = answer;
    struct stopwatch closing;
    uint64_t memory_bytes = 0;
    void *database = NULL;

    if (row->run_apart != NULL) {
        *sample = row->run_apart(row, turn->driver, turn->path, turn->course);
        sample->durability = DURABILITY_SYNC;
        return;
    }
    if (!row->only_reads) scratch_warm_memory(turn->contest->warm_megabytes);
    if (row->durability == DURABILITY_SYNC) sync();
    memory_bytes = scratch_memory();
    database = turn->driver->open(turn->path, promise_of(turn));
    if (row->before != GROUND_EMPTY)
        workload_verify(turn->driver, database, turn->course, row->before);
    *sample = workload_measure(row, turn->driver, database, turn->course,
                               turn->contest->batch_count, turn->contest->seconds_max);
    sample->durability = promise_of(turn);
    sample->memory_bytes = scratch_memory();
    sample->memory_bytes -=
        memory_bytes < sample->memory_bytes ? memory_bytes : sample->memory_bytes;
    if (row->after != GROUND_OTHER && !sample->was_cut)
        workload_verify(turn->driver, database, turn->course, row->after);
    stopwatch_start(&closing, WATCH_SELF);
    turn->driver->close(database);
    stopwatch_stop(&closing);
    sample->close_cpu_ns = closing.cpu_ns;
}

/* ---- The rounds ---- */

/* What the row wants to find; not measured. */
static bool prepare(struct contestant *contestant, struct turn *turn)
{
    enum scale scale = turn->row->scale;
    struct sample nothing;

    if (contestant->ground[scale] == turn->row->before) return true;
    scratch_make(contestant->folder[scale]);
    contestant->ground[scale] = turn->row->before;
    turn->ground = turn->row->before;
    return turn->ground == GROUND_EMPTY || apart_run(fill_apart, turn, &nothing, sizeof(nothing));
}

static bool measure(const struct contest *contest, struct contestant *contestant,
                    const struct workload *row, const struct course *course,
                    struct sample *ret_sample)
{
    struct turn turn = {.contest = contest,
                        .row = row,
                        .driver = contestant->driver,
                        .course = course,
                        .path = contestant->path[row->scale]};

    if (!prepare(contestant, &turn)) return false;
    if (!apart_run(measure_apart, &turn, ret_sample, sizeof(*ret_sample))) return false;
    contestant->ground[row->scale] = ret_sample->was_cut ? GROUND_OTHER : row->after;
    if (row->after == GROUND_EMPTY) contestant->ground[row->scale] = GROUND_OTHER;
    if (row->tells_bytes) ret_sample->file_bytes = scratch_bytes(contestant->folder[row->scale]);
    return true;
}

static bool run_round(struct contest *contest, const struct course *courses, unsigned round)
{
    for (unsigned row = 0; row < contest->row_count; row++)
        for (unsigned turn = 0; turn < contest->contestant_count; turn++) {
            unsigned who = (round + turn) % contest->contestant_count;
            const struct workload *workload = contest->rows[row];

            if (contest->is_talkative)
                (void)fprintf(stderr, "\r%s keys, round %u of %u: %-16s %-12s ",
                              items_kind_name(contest->kind), round + 1, contest->round_count,
                              workload->name, contest->contestants[who].label);
            if (!measure(contest, &contest->contestants[who], workload, &courses[workload->scale],
                         &contest->samples[row][who][round]))
                return false;
        }
    return true;
}

/* Folders for all in one that nobody else has; what stood there before is not touched. */
static void make_place(struct contest *contest, char *place)
{
    static const char *const names[SCALES] = {
        [SCALE_SMALL] = "small", [SCALE_64K] = "64k", [SCALE_1M] = "1m"};

    scratch_new(place, contest->folder);
    for (unsigned who = 0; who < contest->contestant_count; who++) {
        struct contestant *contestant = &contest->contestants[who];

        for (int scale = 0; scale < SCALES; scale++) {
            char name[2 * LABEL_BYTES];

            (void)snprintf(name, sizeof(name), "%s-%s", contestant->label, names[scale]);
            scratch_join(contestant->folder[scale], place, name);
            scratch_join(contestant->path[scale], contestant->folder[scale], "db");
            contestant->ground[scale] = GROUND_OTHER;
        }
    }
}

static void remove_files(struct contest *contest)
{
    for (unsigned who = 0; who < contest->contestant_count; who++)
        for (int scale = 0; scale < SCALES; scale++) {
            scratch_remove(contest->contestants[who].folder[scale]);
            contest->contestants[who].ground[scale] = GROUND_OTHER;
        }
}

static void init_courses(const struct contest *contest, struct course *courses)
{
    static const uint32_t value_size[SCALES] = {[SCALE_64K] = 64 << 10, [SCALE_1M] = 1 << 20};

    course_init(&courses[SCALE_SMALL], contest->kind, contest->item_count, contest->value_size);
    for (int scale = SCALE_64K; scale < SCALES; scale++)
        course_init(&courses[scale], contest->kind,
                    (size_t)(contest->large_bytes / value_size[scale]) + 1, value_size[scale]);
}

bool contest_run(struct contest *contest, enum key_kind kind)
{
    struct course courses[SCALES];
    char place[SCRATCH_PATH_BYTES];
    bool is_good = true;

    contest->kind = kind;
    apart_mind_interruption();
    init_courses(contest, courses);
    make_place(contest, place);
    for (unsigned round = 0; is_good && round < contest->round_count; round++) {
        is_good = run_round(contest, courses, round);
        remove_files(contest);
    }
    if (contest->is_talkative) (void)fprintf(stderr, "\r%72s\r", "");
    scratch_remove(place);
    for (int scale = 0; scale < SCALES; scale++)
        course_fini(&courses[scale]);
    return is_good;
}
