/*
 * script_run.c - does the steps of a case and compares.
 *
 * After each step the free list is audited, and after a refusal it must be as before.
 */
#include <string.h>

#include "base/check.h"
#include "base/note.h"
#include "lab/script.h"

enum { PAGES_AT_FIRST = 1024 };

/* The word is one of those behind "in". */
static bool is_among(const char *words, const char *reply)
{
    size_t size = strlen(reply);

    for (const char *at = words; (at = strstr(at, reply)) != NULL; at++)
        if (at[-1] == ' ' && (at[size] == ' ' || at[size] == '\0')) return true;
    return false;
}

static bool is_expected(const struct step *step, fh_status status, const char *reply)
{
    bool wants_refusal = step->expected != NULL && strcmp(step->expected, "refused") == 0;

    if (status != FH_OK || wants_refusal) return status != FH_OK && wants_refusal;
    if (step->expected == NULL || strcmp(step->expected, "*") == 0) return true;
    if (strncmp(step->expected, "in ", 3) == 0) return is_among(step->expected + 3, reply);
    return strcmp(step->expected, reply) == 0;
}

/* Replaces the reply by what went wrong. */
static void complain(struct reply *reply, const char *what, const char *why)
{
    reply_clear(reply);
    reply_add(reply, "%s: %s", what, why);
}

/* *ret_is_right: the step did what is expected; else the stage's reply tells what it did. */
static fh_status run_step(const struct script *script, struct stage *stage, const struct step *step,
                          bool *ret_is_right)
{
    struct object object = {.buffer = step->buffer};
    uint64_t digest = free_list_digest(stage->list);
    fh_status status;
    fh_status audit;

    if (step->number_count > 0) {
        object.numbers.items = script->numbers.items + step->first_number;
        object.numbers.count = step->number_count;
    }
    reply_clear(&stage->reply);
    status = step->verb->act(stage, &object);
    if (status == FH_NO_MEMORY) return status;
    *ret_is_right = is_expected(step, status, reply_text(&stage->reply));
    if (stage->reply.is_cut) return fail(FH_NO_MEMORY, "no memory for the answer of a step");
    if (status != FH_OK) {
        complain(&stage->reply, "refused", note_text());
        if (free_list_digest(stage->list) != digest) {
            *ret_is_right = false;
            complain(&stage->reply, "refused, but something has changed", note_text());
        }
    } else if (!step->verb->replies) {
        reply_add(&stage->reply, "done");
    }
    audit = free_list_audit(stage->list);
    if (audit == FH_NO_MEMORY) return audit;
    if (audit != FH_OK) {
        *ret_is_right = false;
        complain(&stage->reply, "the audit", note_text());
    }
    return FH_OK;
}

static void stage_close(struct stage *stage)
{
    for (unsigned i = 0; i < STAGE_BUFFERS; i++)
        saved_list_fini(&stage->buffers[i]);
    reply_fini(&stage->reply);
    free_list_close(stage->list);
}

fh_status script_run(const struct script *script, size_t case_no, const char *policy,
                     struct reply *got, size_t *ret_failed_step)
{
    const struct script_case *this_case = &script->cases[case_no];
    size_t failed_step = SIZE_MAX;
    struct stage stage = {.list = NULL};
    fh_status status = free_list_open(policy, PAGES_AT_FIRST, &stage.list);

    for (size_t i = 0; i < this_case->step_count && status == FH_OK; i++) {
        bool is_right = true;

        status = run_step(script, &stage, &script->steps[this_case->first_step + i], &is_right);
        if (status != FH_OK || is_right) continue;
        failed_step = this_case->first_step + i;
        break;
    }
    if (status == FH_OK) {
        reply_fini(got);
        *got = stage.reply;
        stage.reply = (struct reply){0};
        *ret_failed_step = failed_step;
    }
    stage_close(&stage);
    return status;
}
