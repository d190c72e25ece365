/*
 * contenders.h - the allocators of a match: how each gets in front of a program.
 */
#ifndef FREEHOLD_BENCH_MALLOC_CONTENDERS_H
#define FREEHOLD_BENCH_MALLOC_CONTENDERS_H

#include <stdbool.h>

enum { CONTENDERS_MAX = 8, CONTENDER_PATH_BYTES = 1024 };

struct contender {
    const char *name;
    char preload[CONTENDER_PATH_BYTES]; /* what LD_PRELOAD is set to */
    char file[CONTENDER_PATH_BYTES];    /* where malloc then comes from */
};

/*
 * All that are on this machine, glibc first and ours last: ret_contenders has room for
 * CONTENDERS_MAX. `freehold` is the path of ours, NULL without it; `work` the program that
 * tells where its malloc comes from. Who is missing is named on standard error. Returns how many.
 */
unsigned contenders_find(const char *work, const char *freehold, struct contender *ret_contenders);

/* Leaves only those that are named; the first, the base, always stays. */
unsigned contenders_choose(struct contender *contenders, unsigned count, const char *const *names,
                           unsigned name_count);

#endif
