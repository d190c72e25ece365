/*
 * arguments.h - the command line, taken apart: operands and options.
 *
 * All options of all commands stand in one table, so that a name means the same
 * everywhere; a command says which of them it takes. Options and operands come in any
 * order, `--name VALUE` and `--name=VALUE` are the same, but that a value which may be left
 * out is given in the second way only; `--` ends the options. Everything
 * points into argv, which is decoded in place.
 */
#ifndef FREEHOLD_CLI_ARGUMENTS_H
#define FREEHOLD_CLI_ARGUMENTS_H

#include <stddef.h>
#include <stdint.h>

#include "output.h"

enum option {
    OPTION_TREE,
    OPTION_HEX,
    OPTION_JSON,
    OPTION_POLICY,
    OPTION_QUOTA,
    OPTION_BY_PREFIX, /* del: the operand is a prefix */
    OPTION_FROM,
    OPTION_TO,
    OPTION_PREFIX, /* scan: takes the prefix */
    OPTION_REVERSE,
    OPTION_LIMIT,
    OPTION_KEYS,
    OPTION_LOAD_FORMAT,
    OPTION_DUMP_FORMAT,
    OPTION_TARGET,
    OPTION_RUNS,
    OPTION_WATCH,
    OPTION_REPAIR,
    OPTION_ORPHANS,
    OPTION_SVG,
    OPTION_HTML,
    OPTION_LAB_POLICY,
    OPTION_ORDER,
    OPTION_COALESCE,
    OPTION_SIZE,
    OPTION_BASE,
    OPTION_HEADER,
    OPTION_ALIGN,
    OPTION_MIN_BLOCK,
    OPTION_OPS,
    OPTION_TRACE,
    OPTION_GROW,
    OPTION_SIMULATE,
    OPTION_FREELIST,
    OPTION_ITEMS,
    OPTION_ROUNDS,
    OPTION_ROWS,
    OPTION_WITHOUT_LOG,
    OPTION_HELP,
    OPTION_COUNT
};

/* The set of options that holds `option`. */
#define ARGUMENTS_TAKE(option) (UINT64_C(1) << (option))

enum { ARGUMENTS_OPERANDS_MAX = 3 };

struct command;

struct arguments {
    const struct command *command;
    char *operand[ARGUMENTS_OPERANDS_MAX];
    size_t operand_count;
    char *option[OPTION_COUNT]; /* NULL: not given; "" for one that has no value */
};

/* Takes apart what stands behind the command's name. */
enum outcome arguments_read(const struct command *command, int word_count, char **words,
                            struct arguments *ret_arguments);

/* A key or value as given: text with escapes, or hexadecimal with --hex. Once for each text. */
enum outcome arguments_bytes(const struct arguments *arguments, char *text, fh_bytes *ret_bytes);

/* A tree's name: text with escapes always. Once for each text. */
enum outcome arguments_name(char *text, fh_bytes *ret_bytes);

/* A number; `may_scale` allows K, M, G, T (of 1024) behind it. */
enum outcome arguments_number(const char *text, int may_scale, uint64_t *ret_number);

/* One line an option that `command` takes. */
void arguments_explain(const struct command *command, struct output *output);

#endif
