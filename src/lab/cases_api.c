/*
 * cases_api.c - freehold/lab.h's scripts of free lists: arguments checked, results told.
 */
#include <string.h>

#include "base/check.h"
#include "base/memory.h"
#include "base/note.h"
#include "freehold/lab.h"
#include "lab/script.h"

struct fh_lab_cases {
    struct script *script;
    struct reply got; /* of the case that ran last */
};

fh_status fh_lab_cases_open(const char *text, size_t text_bytes, fh_lab_cases **ret_cases)
{
    struct fh_lab_cases *cases;
    fh_status status;

    if (text == NULL || ret_cases == NULL) return fail(FH_INVALID, "no text, or no place");
    cases = memory_take(1, sizeof(*cases));
    if (cases == NULL) return fail(FH_NO_MEMORY, "no memory for a script");
    status = script_open(text, text_bytes, &cases->script);
    if (status != FH_OK) {
        memory_give(cases);
        return status;
    }
    *ret_cases = cases;
    return FH_OK;
}

void fh_lab_cases_close(fh_lab_cases *cases)
{
    if (cases == NULL) return;
    script_close(cases->script);
    reply_fini(&cases->got);
    memory_give(cases);
}

size_t fh_lab_cases_count(const fh_lab_cases *cases)
{
    return cases != NULL ? cases->script->case_count : 0;
}

const char *fh_lab_cases_policy(unsigned n)
{
    return script_policy(n);
}

/* The number of a policy that scripts may name. */
static fh_status find_policy(const char *name, unsigned *ret_n)
{
    for (unsigned n = 0; script_policy(n) != NULL; n++) {
        if (strcmp(script_policy(n), name) != 0) continue;
        *ret_n = n;
        return FH_OK;
    }
    return fail(FH_INVALID, "there is no policy \"%.40s\" for scripts (array, by-size)", name);
}

static void tell_failure(const struct fh_lab_cases *cases, size_t step_no, fh_lab_verdict *verdict)
{
    const struct step *step = &cases->script->steps[step_no];

    verdict->is_passed = 0;
    script_place(cases->script, step->offset, &verdict->line, &verdict->column);
    verdict->step = step->text;
    verdict->expected = step->expected != NULL ? step->expected : "done";
    verdict->got = reply_text(&cases->got);
}

fh_status fh_lab_cases_run(fh_lab_cases *cases, size_t case_no, const char *policy,
                           fh_lab_verdict *ret_verdict)
{
    fh_lab_verdict verdict = {.is_passed = 1};
    size_t failed_step = SIZE_MAX;
    unsigned n = 0;

    if (cases == NULL || policy == NULL || ret_verdict == NULL ||
        ret_verdict->size < sizeof(size_t))
        return fail(FH_INVALID, "no cases, no policy, or a struct without its size");
    if (case_no >= cases->script->case_count)
        return fail(FH_INVALID, "there is no case %zu, but %zu of them", case_no,
                    cases->script->case_count);
    TRY(find_policy(policy, &n));
    if ((cases->script->cases[case_no].policies & 1U << n) == 0) return answer(FH_NOT_FOUND);
    TRY(script_run(cases->script, case_no, policy, &cases->got, &failed_step));
    verdict.size = ret_verdict->size;
    verdict.name = cases->script->cases[case_no].name;
    verdict.policy = script_policy(n);
    if (failed_step != SIZE_MAX) tell_failure(cases, failed_step, &verdict);
    memcpy(ret_verdict, &verdict, verdict.size < sizeof(verdict) ? verdict.size : sizeof(verdict));
    return FH_OK;
}
