/*
 * helper.c - the loop of the database's own thread.
 */
#include "pager/helper.h"

#include "base/check.h"
#include "base/note.h"
#include "pager/pager_internal.h"

enum { PIECE_PAGES = 128, NAPS_PER_LAZY = 4 };

/* Until something is wanted, or a lazy commit may have come due; false: it must end. */
static bool nap(struct pager *pager)
{
    struct helper *helper = &pager->helper;
    bool goes_on;

    mutex_lock(&helper->lock);
    if (!helper->is_wanted && !helper->must_end)
        condition_wait_for(&helper->wakes, &helper->lock, pager->lazy_ns / NAPS_PER_LAZY);
    helper->is_wanted = false;
    goes_on = !helper->must_end;
    mutex_unlock(&helper->lock);
    return goes_on;
}

static void work(void *context)
{
    struct pager *pager = context;

    while (nap(pager)) {
        enum checkpoint_phase phase = atomic_load(&pager->checkpoint.phase);

        while (phase != CHECKPOINT_NONE && phase < CHECKPOINT_DONE) {
            commit_carry(pager, PIECE_PAGES);
            thread_yield(); /* a call may be carrying the same one on */
            phase = atomic_load(&pager->checkpoint.phase);
        }
        shrink_carry(pager);
        while (atomic_load(&pager->next_phase) == LOG_NEXT_BEGUN)
            log_carry(pager, LOG_PIECE_BYTES);
        if (commit_serve_lazy(pager) != FH_OK) continue; /* poisoned: the next commit tells it */
    }
}

fh_status helper_start(struct helper *helper, struct pager *pager)
{
    fh_status status;

    TRY(mutex_init(&helper->lock, PAGER_LOCK_HELPER));
    status = condition_init(&helper->wakes);
    if (status == FH_OK) {
        helper->is_on = true;
        status = thread_start(&helper->thread, work, pager);
        if (status != FH_OK) condition_fini(&helper->wakes);
    }
    if (status != FH_OK) {
        helper->is_on = false;
        mutex_fini(&helper->lock);
    }
    return status;
}

void helper_wake(struct helper *helper)
{
    if (!helper->is_on) return;
    mutex_lock(&helper->lock);
    helper->is_wanted = true;
    condition_wake_one(&helper->wakes);
    mutex_unlock(&helper->lock);
}

void helper_stop(struct helper *helper)
{
    if (!helper->is_on) return;
    mutex_lock(&helper->lock);
    helper->must_end = true;
    condition_wake_one(&helper->wakes);
    mutex_unlock(&helper->lock);
    thread_join(&helper->thread);
    condition_fini(&helper->wakes);
    mutex_fini(&helper->lock);
    helper->is_on = false;
}
