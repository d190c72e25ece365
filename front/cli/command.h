/*
 * command.h - what a command is; all of them.
 *
 * To add one: a file that defines its struct command, and its line in main.c.
 */
#ifndef FREEHOLD_CLI_COMMAND_H
#define FREEHOLD_CLI_COMMAND_H

#include <stdint.h>

#include "arguments.h"
#include "outcome.h"

struct command {
    const char *name;
    const char *operands; /* for the usage line */
    const char *summary;  /* half a line */
    const char *details;  /* printed by --help below the options; NULL: nothing to add */
    uint64_t options;     /* set of enum option */
    size_t operands_min;
    size_t operands_max;
    enum outcome (*run)(const struct arguments *arguments);
};

extern const struct command init_command;
extern const struct command put_command;
extern const struct command get_command;
extern const struct command del_command;
extern const struct command scan_command;
extern const struct command load_command;
extern const struct command dump_command;
extern const struct command trees_command;
extern const struct command stat_command;
extern const struct command check_command;
extern const struct command copy_command;
extern const struct command compact_command;
extern const struct command map_command;
extern const struct command page_command;
extern const struct command slots_command;
extern const struct command lab_command;
extern const struct command bench_command;

#endif
