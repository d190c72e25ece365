/*
 * verb.h - the steps of a script by name: how each is written, and what it does.
 */
#ifndef FREEHOLD_LAB_VERB_H
#define FREEHOLD_LAB_VERB_H

#include "lab/free_list.h"
#include "lab/reply.h"
#include "lab/saved_list.h"

enum { STAGE_BUFFERS = 26, VERB_NUMBERS_ANY = -1 };

/* What the steps of one case act upon. */
struct stage {
    struct free_list *list;
    struct saved_list buffers[STAGE_BUFFERS]; /* A to Z */
    struct reply reply;                       /* of the step */
};

/* What stands behind a verb. */
struct object {
    unsigned buffer;        /* 0 for A */
    struct numbers numbers; /* borrowed */
};

struct verb {
    const char *name;
    const char *usage;
    bool has_buffer; /* a capital letter, before the numbers */
    int numbers_min;
    int numbers_max; /* VERB_NUMBERS_ANY: as many as there are */
    bool replies;

    /* Any failure but FH_NO_MEMORY is a refusal: nothing has changed. */
    fh_status (*act)(struct stage *stage, const struct object *object);
};

/* The verb of this name; NULL if there is none. */
const struct verb *verb_find(const char *name, size_t size);

#endif
