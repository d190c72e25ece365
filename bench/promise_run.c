/*
 * promise_run.c - the runs behind the table of promises.
 */
#include "promise_run.h"

#include <string.h>

#include "apart.h"
#include "freehold/kv.h"
#include "scratch.h"
#include "stop.h"

struct run {
    struct ageing_workload workload;
    enum durability durability;
    bool is_ours;  /* peers have nothing to show in it */
    bool is_still; /* without relocation */
};

/* What the process of one engine needs. */
struct turn {
    const struct promise_options *options;
    const struct run *run;
    const struct driver *driver;
    const char *folder;
};

struct beside {
    const char *folder;
    uint64_t live_pages;
    uint64_t free_pages;
};

static void churn(struct ageing *ageing, unsigned round_count)
{
    ageing_named("churn")->run(ageing, round_count);
}

static const struct run runs[RUN_COUNT] = {
    [RUN_CHURN] = {{"churn", "30 % erased and as many added a round; values of 16 B to 64 KiB",
                    churn},
                   DURABILITY_NO_SYNC,
                   false,
                   false},
    [RUN_READER] = {{"reader",
                     "6 MB overwritten at random three times, 20 items a transaction, "
                     "beside a reader that was forgotten; then without it",
                     promise_reader},
                    DURABILITY_NO_SYNC,
                    false,
                    false},
    [RUN_EMPTIED] = {{"emptied", "95 % deleted anywhere, then small durable commits; 1000 B",
                      promise_emptied},
                     DURABILITY_SYNC,
                     false,
                     false},
    [RUN_PRUNED] = {{"pruned", "the lowest 95 % of the keys deleted, then the same",
                     promise_pruned},
                    DURABILITY_SYNC,
                    false,
                    false},
    [RUN_COMPACTED] = {{"compacted", "95 % deleted anywhere, then compacted at once",
                        promise_compacted},
                       DURABILITY_SYNC,
                       true,
                       false},
    [RUN_WORKED_ON] = {{"worked-on", "95 % deleted anywhere, then 20,000 small commits",
                        promise_worked_on},
                       DURABILITY_NO_SYNC,
                       true,
                       false},
    [RUN_CHURN_STILL] = {{"churn-still", "churn without relocation", churn},
                         DURABILITY_NO_SYNC,
                         true,
                         true},
    [RUN_WORKED_ON_STILL] = {{"worked-on-still", "worked-on without relocation", promise_worked_on},
                             DURABILITY_NO_SYNC,
                             true,
                             true},
    [RUN_BESIDE] = {{"beside", "a thousand durable commits of one item, beside free pages", NULL},
                    DURABILITY_SYNC,
                    true,
                    false},
};

const char *promise_run_name(enum promise_run_no no)
{
    return no < RUN_COUNT ? runs[no].workload.name : NULL;
}

const char *promise_run_words(enum promise_run_no no)
{
    return runs[no].workload.words;
}

/* As the driver opens it, but that pages stay where they are. */
static void *open_still(const char *path, enum durability durability)
{
    fh_options options = {.size = sizeof(options),
                          .flags = FH_OPEN_CREATE | FH_OPEN_WITHOUT_RELOCATION,
                          .durability = durability == DURABILITY_SYNC ? FH_DURABLE : FH_NONE};
    fh_db *db = NULL;

    if (fh_open(path, &options, &db) != FH_OK) stop("freehold: open: %s", fh_note());
    return db;
}

static void grow_old(const void *task, void *answer)
{
    const struct turn *turn = task;
    struct driver driver = *turn->driver;
    struct ageing ageing = {
        .driver = &driver,
        .folder = turn->folder,
        .payload_bytes = turn->options->payload_bytes,
        .seconds_max = turn->options->seconds_max,
        .durability = driver_promise(&driver, turn->options->never_syncs ? DURABILITY_NO_SYNC
                                                                         : turn->run->durability),
    };

    if (turn->run->is_still) driver.open = open_still;
    memset(answer, 0, sizeof(struct ageing_course));
    ageing_open(&ageing, answer);
    turn->run->workload.run(&ageing, turn->options->round_count);
    ageing_close(&ageing);
}

static void commit_beside(const void *task, void *answer)
{
    const struct beside *beside = task;

    promise_commit_beside(beside->folder, beside->live_pages, beside->free_pages, answer);
}

static void tell(const struct promise_options *options, const char *run, const char *engine)
{
    if (options->is_talkative) (void)fprintf(stderr, "\r%s: %-16s ", run, engine);
}

static bool run_workload(const struct promise_options *options, const struct run *run,
                         const char *folder, struct aging_set *set)
{
    bool is_good = true;

    for (unsigned who = 0; is_good && who < set->engine_count; who++) {
        struct turn turn = {
            .options = options, .run = run, .driver = set->driver[who], .folder = folder};

        tell(options, run->workload.name, turn.driver->name);
        scratch_make(folder);
        is_good = apart_run(grow_old, &turn, &set->course[who], sizeof(set->course[who]));
        scratch_remove(folder);
    }
    return is_good;
}

/* The same database but for the pages that are free in it. */
static bool run_beside(const struct promise_options *options, const char *folder,
                       struct promise_results *results)
{
    struct beside beside = {.folder = folder, .live_pages = options->free_pages};
    bool is_good;

    tell(options, runs[RUN_BESIDE].workload.name, "none free");
    scratch_make(folder);
    is_good =
        apart_run(commit_beside, &beside, &results->beside_none, sizeof(results->beside_none));
    tell(options, runs[RUN_BESIDE].workload.name, "many free");
    scratch_make(folder);
    beside.free_pages = options->free_pages;
    is_good = is_good && apart_run(commit_beside, &beside, &results->beside_many,
                                   sizeof(results->beside_many));
    scratch_remove(folder);
    return is_good;
}

bool promise_run_all(const struct promise_options *options, struct promise_results *ret_results)
{
    char place[SCRATCH_PATH_BYTES];
    char folder[SCRATCH_PATH_BYTES];
    bool is_good = true;

    memset(ret_results, 0, sizeof(*ret_results));
    scratch_new(place, options->folder);
    scratch_join(folder, place, "promise");
    apart_mind_interruption();
    for (unsigned no = 0; is_good && no < RUN_COUNT; no++) {
        struct aging_set *set = &ret_results->set[no];

        set->workload = &runs[no].workload;
        if (!options->wants[no]) continue;
        set->engine_count = runs[no].is_ours ? 1 : options->engine_count;
        memcpy(set->driver, options->driver, sizeof(set->driver));
        if (no == RUN_BESIDE)
            is_good = run_beside(options, folder, ret_results);
        else
            is_good = run_workload(options, &runs[no], folder, set);
    }
    scratch_remove(place);
    if (options->is_talkative) (void)fprintf(stderr, "\r%40s\r", "");
    return is_good;
}
