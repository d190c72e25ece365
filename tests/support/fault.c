/*
 * fault.c - the loop over the call that fails.
 */
#include "support/fault.h"

#include "base/memory.h"
#include "support/unit.h"

/* A scenario with more calls than that is too long to be tried with each of them failing. */
enum { ROUNDS_MAX = 100000 };

bool fault_next(struct fault *fault)
{
    if (fault->n > 0 && !fault->was_met) return false;
    assert_true(fault->n < ROUNDS_MAX);
    fault->n++;
    fault->was_met = false;
    return true;
}

void fault_end(struct fault *fault, uint64_t call_count)
{
    fault->was_met = call_count >= fault->n;
}

void fault_memory_begin(const struct fault *fault, enum fault_length length)
{
    (void)memory_fail_at(fault->n, length == FAULT_FOR_EVER);
}

void fault_memory_end(struct fault *fault)
{
    fault_end(fault, memory_fail_at(0, 0));
}
