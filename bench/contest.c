/*
 * contest.c - engines against each other: the same rows, turn by turn, round after round.
 */
#include "contest.h"

#include <stdio.h>
#include <string.h>

#include "stop.h"

void contest_add(struct contest *contest, const struct driver *driver, const char *folder)
{
    struct contestant *contestant = &contest->contestants[contest->contestant_count];
    unsigned same_count = 1;

    if (contest->contestant_count == CONTESTANTS_MAX) stop("too many engines");
    for (unsigned i = 0; i < contest->contestant_count; i++)
        same_count += contest->contestants[i].driver == driver;
    *contestant = (struct contestant){.driver = driver, .ground = GROUND_OTHER};
    (void)snprintf(contestant->label, sizeof(contestant->label), same_count > 1 ? "%s-%u" : "%s",
                   driver->name, same_count);
    scratch_join(contestant->folder, folder, contestant->label);
    scratch_join(contestant->path, contestant->folder, "db");
    contest->contestant_count++;
}

static void shut(struct contestant *contestant)
{
    if (contestant->database != NULL) contestant->driver->close(contestant->database);
    contestant->database = NULL;
}

static void begin_anew(const struct contest *contest, struct contestant *contestant)
{
    shut(contestant);
    scratch_make(contestant->folder);
    contestant->database = contestant->driver->open(contestant->path, contest->durability);
    contestant->ground = GROUND_EMPTY;
}

/* What the row wants to find; not measured. */
static void prepare(const struct contest *contest, struct contestant *contestant,
                    const struct workload *row, const struct course *course)
{
    const struct workload *filling = workload_named("fill-rand-once");

    if (contestant->database != NULL && contestant->ground == row->before) return;
    begin_anew(contest, contestant);
    if (row->before == GROUND_FILLED)
        workload_measure(filling, contestant->driver, contestant->database, course,
                         contest->batch_count);
}

static struct sample measure(const struct contest *contest, struct contestant *contestant,
                             const struct workload *row, const struct course *course)
{
    struct sample sample;

    prepare(contest, contestant, row, course);
    sample = workload_measure(row, contestant->driver, contestant->database, course,
                              contest->batch_count);
    contestant->ground = row->after;
    if (!row->tells_bytes) return sample;
    shut(contestant);
    sample.file_bytes = scratch_bytes(contestant->folder);
    contestant->database = contestant->driver->open(contestant->path, contest->durability);
    return sample;
}

static void run_round(struct contest *contest, const struct course *course, unsigned round)
{
    for (unsigned row = 0; row < contest->row_count; row++)
        for (unsigned turn = 0; turn < contest->contestant_count; turn++) {
            unsigned who = (round + turn) % contest->contestant_count;

            contest->samples[row][who][round] =
                measure(contest, &contest->contestants[who], contest->rows[row], course);
        }
    for (unsigned who = 0; who < contest->contestant_count; who++) {
        shut(&contest->contestants[who]);
        scratch_remove(contest->contestants[who].folder);
    }
}

void contest_run(struct contest *contest, const struct course *course)
{
    for (unsigned round = 0; round < contest->round_count; round++) {
        if (contest->is_talkative)
            (void)fprintf(stderr, "\rkv: %s keys, round %u of %u ", items_kind_name(course->kind),
                          round + 1, contest->round_count);
        scratch_warm_memory(contest->warm_megabytes);
        run_round(contest, course, round);
    }
    if (contest->is_talkative) (void)fputs("\r                                        \r", stderr);
}
