/*
 * bad_pages.h - the system's memory with a clock that stands, and calls that fail when asked to.
 *
 * Put in the place of supply_pages before the first block. The clock moves by bad_pages_wait
 * alone. Not for threads.
 */
#ifndef FREEHOLD_TESTS_SUPPORT_BAD_PAGES_H
#define FREEHOLD_TESTS_SUPPORT_BAD_PAGES_H

#include <stdbool.h>
#include <stdint.h>

#include "os/pages.h"

const struct pages *bad_pages(void);

/*
 * The n-th call from now on fails (0: none does), and with `for_ever` all after it. Returns how
 * many calls that can fail were made since the last time.
 */
uint64_t bad_pages_fail_at(uint64_t n, bool for_ever);

void bad_pages_wait(uint64_t ms);

/* From one question for the time that was spent to the next it is so much more; at first 0. */
void bad_pages_spend(uint64_t ns);

#endif
