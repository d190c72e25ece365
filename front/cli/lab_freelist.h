/*
 * lab_freelist.h - freehold lab --freelist: scripts of free lists.
 */
#ifndef FREEHOLD_CLI_LAB_FREELIST_H
#define FREEHOLD_CLI_LAB_FREELIST_H

#include "arguments.h"

/* Runs the script that the option names; of the others only --policy and --json go with it. */
enum outcome lab_freelist_run(const struct arguments *arguments);

#endif
