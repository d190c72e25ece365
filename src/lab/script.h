/*
 * script.h - scripts of free lists: the text, its cases, their steps.
 */
#ifndef FREEHOLD_LAB_SCRIPT_H
#define FREEHOLD_LAB_SCRIPT_H

#include "lab/verb.h"

struct step {
    const struct verb *verb;
    const char *text;     /* as written, on one line; the script's */
    const char *expected; /* NULL: that it is done */
    size_t offset;        /* in the text */
    unsigned buffer;
    size_t first_number; /* in the script's numbers */
    size_t number_count;
};

struct script_case {
    const char *name;
    unsigned policies; /* bit n: the policy script_policy(n) */
    size_t offset;
    size_t first_step;
    size_t step_count;
};

struct script {
    char *original; /* as it was given */
    char *text;     /* cut up: names, steps and what is expected end with a zero byte */
    struct script_case *cases;
    size_t case_count;
    size_t case_capacity;
    struct step *steps;
    size_t step_count;
    size_t step_capacity;
    struct numbers numbers;
};

/* The policies that cases may name: the n-th one, NULL behind the last. */
const char *script_policy(unsigned n);

/* Copies the text. FH_INVALID: it is no script, and the note says where and why. */
fh_status script_open(const char *text, size_t text_bytes, struct script **ret_script) MUST_CHECK;
/* `script` may be NULL. */
void script_close(struct script *script);

/* Line and column, from 1, of a place in the text. O(text). */
void script_place(const struct script *script, size_t offset, uint64_t *ret_line,
                  uint64_t *ret_column);

/*
 * Runs a case with a policy, up to its first step that does not do what is expected:
 * *ret_failed_step is its number among the script's steps, and *got what it did. SIZE_MAX: all
 * of them did. FH_NO_MEMORY.
 */
fh_status script_run(const struct script *script, size_t case_no, const char *policy,
                     struct reply *got, size_t *ret_failed_step) MUST_CHECK;

#endif
