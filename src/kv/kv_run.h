/*
 * kv_run.h - a raw run as the system tree knows it.
 */
#ifndef FREEHOLD_KV_KV_RUN_H
#define FREEHOLD_KV_KV_RUN_H

#include "base/bytes.h"
#include "base/compiler.h"
#include "freehold/run.h"
#include "pager/pager.h"

struct kv_run {
    struct run run;      /* reserved */
    uint32_t page_count; /* asked for */
    uint32_t tag;
};

/* An item of the system tree. FH_CORRUPT. */
fh_status kv_run_decode(struct span key, struct span record, struct kv_run *ret_run) MUST_CHECK;

#endif
