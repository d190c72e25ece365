/*
 * fault.h - where audits of data put what they find: one sentence a fault.
 */
#ifndef FREEHOLD_BASE_FAULT_H
#define FREEHOLD_BASE_FAULT_H

#include <stdint.h>

#include "base/compiler.h"

struct fault_list {
    void (*report)(void *context, const char *fault); /* may be NULL: then only counted */
    void *context;
    uint64_t count;
};

void fault_add(struct fault_list *faults, const char *format, ...) PRINTF_LIKE(2, 3);

/* Adds the thread's error note as a fault, behind some words. */
void fault_add_note(struct fault_list *faults, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
