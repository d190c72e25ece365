/*
 * reply.h - what a step answers: words with a blank between.
 */
#ifndef FREEHOLD_LAB_REPLY_H
#define FREEHOLD_LAB_REPLY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"

/* Zeroed is empty. */
struct reply {
    char *text;
    size_t size;
    size_t capacity;
    bool is_cut; /* there was no memory for all of it */
};

void reply_fini(struct reply *reply);
void reply_clear(struct reply *reply);

/* Adds a word, of at most 511 bytes. */
void reply_add(struct reply *reply, const char *format, ...) PRINTF_LIKE(2, 3);

/* Never NULL; until the next change. */
const char *reply_text(const struct reply *reply);

#endif
