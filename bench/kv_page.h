/*
 * kv_page.h - what came out of a contest, as charts.
 */
#ifndef FREEHOLD_BENCH_KV_PAGE_H
#define FREEHOLD_BENCH_KV_PAGE_H

#include <stdio.h>

#include "contest.h"
#include "machine.h"

/* What stands above all charts. `engines`: a line of names and versions. */
void kv_page_head(FILE *page, const struct machine *machine, const char *engines);

/* The charts of one kind of keys. */
void kv_page_add(FILE *page, const struct contest *contest);

#endif
