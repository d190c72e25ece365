/*
 * fault.h - "with the n-th call failing, for n = 1, 2, ... until none fails any more".
 *
 * Memory:
 *     for (struct fault fault = {0}; fault_next(&fault);) {
 *         fault_memory_begin(&fault, FAULT_ONCE);
 *         status = what_is_tried();
 *         fault_memory_end(&fault);
 *         if (fault.was_met) ... the status, what is left, a second try
 *     }
 *
 * A simulated system, made anew in each round:
 *         (void)sim_os_fail_at(sim, SIM_ANY, fault.n, false, FH_IO);
 *         status = what_is_tried(sim);
 *         fault_end(&fault, sim_os_fail_at(sim, 0, 0, false, FH_OK));
 */
#ifndef FREEHOLD_TESTS_SUPPORT_FAULT_H
#define FREEHOLD_TESTS_SUPPORT_FAULT_H

#include <stdbool.h>
#include <stdint.h>

enum fault_length { FAULT_ONCE, FAULT_FOR_EVER };

struct fault {
    uint64_t n;   /* the call that fails, from 1 */
    bool was_met; /* there were so many calls in the round that has ended */
};

/* Goes to the next round; false after a round without a failure. */
bool fault_next(struct fault *fault);

/* The round has ended, with so many calls that could have failed. */
void fault_end(struct fault *fault, uint64_t call_count);

void fault_memory_begin(const struct fault *fault, enum fault_length length);
void fault_memory_end(struct fault *fault);

#endif
