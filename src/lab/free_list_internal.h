/*
 * free_list_internal.h - what the files of a free list share.
 */
#ifndef FREEHOLD_LAB_FREE_LIST_INTERNAL_H
#define FREEHOLD_LAB_FREE_LIST_INTERNAL_H

#include "lab/free_list.h"

/* A run that is not there any more; those behind it move up. */
void free_list_forget(struct free_list *list, size_t at);

#endif
