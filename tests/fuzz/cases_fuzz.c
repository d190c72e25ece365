/*
 * cases_fuzz.c - any bytes as a script of free lists.
 *
 * Most are no script, and are refused. What is one may fail its expectations, but no step may
 * break an audit, and none that is refused may change anything.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "freehold/lab.h"

enum { INPUT_MAX = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool begins_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

static void run(fh_lab_cases *cases, size_t case_no, const char *policy)
{
    fh_lab_verdict verdict = {.size = sizeof(verdict)};
    fh_status status = fh_lab_cases_run(cases, case_no, policy, &verdict);

    if (status == FH_NOT_FOUND) return;
    if (status != FH_OK) abort();
    if (verdict.is_passed) return;
    if (begins_with(verdict.got, "the audit") || begins_with(verdict.got, "refused, but")) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fh_lab_cases *cases = NULL;
    fh_status status;

    if (size > INPUT_MAX) return 0;
    status = fh_lab_cases_open((const char *)data, size, &cases);
    if (status == FH_OK && fh_lab_cases_count(cases) == 0) abort();
    if (status != FH_OK && status != FH_INVALID) abort();
    for (size_t i = 0; i < fh_lab_cases_count(cases); i++)
        for (unsigned n = 0; fh_lab_cases_policy(n) != NULL; n++)
            run(cases, i, fh_lab_cases_policy(n));
    fh_lab_cases_close(cases);
    if (memory_block_count() != 0) abort();
    return 0;
}
