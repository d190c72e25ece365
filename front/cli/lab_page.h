/*
 * lab_page.h - replays of a trace as one page that needs nothing else.
 */
#ifndef FREEHOLD_CLI_LAB_PAGE_H
#define FREEHOLD_CLI_LAB_PAGE_H

#include "lab_trace.h"

/* Into a new file at `path`, or standard output ("-"). Every replay has its picture. */
enum outcome lab_page_write(const char *path, const struct lab_trace *lab);

#endif
