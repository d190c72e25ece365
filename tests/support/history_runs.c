/*
 * history_runs.c - the steps of a history that take, write and give raw runs.
 */
#include "support/history_runs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/history_internal.h"
#include "support/unit.h"

/* The body that a run should have; the caller frees it. */
static unsigned char *body_of(const struct history_run *run, size_t bytes)
{
    unsigned char *body = calloc(1, bytes + 1);

    if (body == NULL) abort();
    if (run->seed != 0) items_fill(run->seed, body, bytes);
    return body;
}

static fh_status take(struct history *history)
{
    struct history_runs *runs = &history->working_runs;
    struct history_run run = {
        .page_count = 1 + (uint32_t)random_below(&history->random, HISTORY_RUN_PAGES_MAX),
        .tag = (uint32_t)random_next(&history->random)};
    fh_status status = history_expect(fh_run_take(history->txn, run.page_count, run.tag, &run.page),
                                      FH_OK, "take a run");

    if (status == FH_OK) runs->runs[runs->count++] = run;
    return status;
}

static fh_status write(struct history *history, struct history_run *run)
{
    struct history_run next = *run;
    size_t bytes = (size_t)(run->page_count * history->page_bytes);
    unsigned char *body;
    fh_status status;

    next.seed = random_next(&history->random) | 1;
    body = body_of(&next, bytes);
    history->is_torn = true;
    status =
        history_expect(fh_run_write(history->txn, run->page, (fh_bytes){body, bytes}, &next.page),
                       FH_OK, "write a run");
    free(body);
    if (status != FH_OK) return status;
    history->is_torn = false;
    *run = next;
    return FH_OK;
}

static fh_status give(struct history *history, struct history_run *run)
{
    struct history_runs *runs = &history->working_runs;
    uint32_t page = run->page;
    fh_status status = history_expect(fh_run_give(history->txn, page), FH_OK, "give a run");

    if (status != FH_OK) return status;
    *run = runs->runs[--runs->count];
    return history_expect(fh_run_give(history->txn, page), FH_NOT_FOUND, "give a run twice");
}

fh_status history_run_step(struct history *history)
{
    struct history_runs *runs = &history->working_runs;
    uint64_t kind = random_below(&history->random, 3);
    struct history_run *run;

    if (runs->count == 0 || (kind == 0 && runs->count < HISTORY_RUNS)) return take(history);
    run = &runs->runs[random_below(&history->random, runs->count)];
    return kind == 1 ? give(history, run) : write(history, run);
}

static const char *run_difference(const struct history_run *run, fh_txn *txn)
{
    static char sentence[160];
    fh_run_info info;
    unsigned char *body;
    bool is_same;

    if (fh_run_get(txn, run->page, &info) != FH_OK) {
        (void)snprintf(sentence, sizeof(sentence), "no run at page %u: %.80s", (unsigned)run->page,
                       fh_note());
        return sentence;
    }
    body = body_of(run, info.body.size);
    is_same = info.page_count == run->page_count && info.tag == run->tag &&
              memcmp(info.body.data, body, info.body.size) == 0;
    free(body);
    if (is_same) return NULL;
    (void)snprintf(sentence, sizeof(sentence), "the run at page %u is another one",
                   (unsigned)run->page);
    return sentence;
}

const char *history_runs_difference(const struct history_runs *runs, fh_txn *txn)
{
    const char *difference = NULL;

    for (unsigned i = 0; i < runs->count && difference == NULL; i++)
        difference = run_difference(&runs->runs[i], txn);
    return difference;
}
