/*
 * helper.h - a thread of the database's own, if its opener asked for one.
 *
 * It does what calls do else, a step each: carries checkpoints on, syncs lazy commits.
 * Nothing waits for it and nothing depends on it.
 */
#ifndef FREEHOLD_PAGER_HELPER_H
#define FREEHOLD_PAGER_HELPER_H

#include "os/thread.h"

struct pager;

struct helper {
    bool is_on; /* constant once it has started */
    struct thread thread;
    struct mutex lock;
    struct condition wakes;
    bool is_wanted; /* guarded by lock, as what follows */
    bool must_end;
};

fh_status helper_start(struct helper *helper, struct pager *pager) MUST_CHECK;

/* Nothing when it was never started. */
void helper_wake(struct helper *helper);
void helper_stop(struct helper *helper);

#endif
