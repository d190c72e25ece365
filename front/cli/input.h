/*
 * input.h - a file or standard input, line by line, in large blocks.
 *
 * A line lies in the reader's own buffer and may be changed there: decoding happens in
 * place and nothing is copied. It is gone when the next line is read.
 */
#ifndef FREEHOLD_CLI_INPUT_H
#define FREEHOLD_CLI_INPUT_H

#include <stddef.h>
#include <stdint.h>

#include "outcome.h"
#include "progress.h"

struct input {
    const char *name; /* borrowed */
    int file;
    int is_end;           /* nothing more will come from the file */
    uint64_t total_bytes; /* of a regular file; 0: not known */
    uint64_t read_bytes;
    uint64_t line_no; /* of the line read last, from 1 */
    char *buffer;
    size_t capacity;
    size_t begin; /* what is not yet given out: buffer[begin .. end) */
    size_t end;
    struct progress progress;
};

struct line {
    char *text; /* NULL: there is none */
    size_t size;
};

/* `path` may be "-": standard input. */
enum outcome input_open(const char *path, struct input *ret_input);
void input_close(struct input *input);

/* The next line without its newline; a last one without a newline counts too. */
enum outcome input_line(struct input *input, struct line *ret_line);

/* The next line stays the next one; it is cut at the size of a block. */
enum outcome input_peek(struct input *input, struct line *ret_line);

/* The line read last is no good: says which and why, and that nothing was loaded. */
enum outcome input_refuse(const struct input *input, const char *reason);

#endif
