/*
 * output.h - buffered writing to a file descriptor that never fails in the middle.
 *
 * A failed write is remembered and told once, by output_fini; until then everything else
 * is dropped. Who prints a million items thus needs no check at each.
 */
#ifndef FREEHOLD_CLI_OUTPUT_H
#define FREEHOLD_CLI_OUTPUT_H

#include <stddef.h>

#include "freehold/kv.h"

#include "outcome.h"

enum { OUTPUT_BUFFER_BYTES = 1 << 16 };

struct output {
    int file;
    int error;        /* errno of the first failed write; 0: none */
    const char *name; /* for the failure's line; borrowed */
    size_t size;
    char buffer[OUTPUT_BUFFER_BYTES];
};

/* Standard output. */
void output_init(struct output *output);

/* A new file at `path`, in place of an old one. */
enum outcome output_create(struct output *output, const char *path);

/* Writes what is left, closes a created file, and tells the failure if there was one. */
enum outcome output_fini(struct output *output);

void output_bytes(struct output *output, const void *data, size_t size);
void output_text(struct output *output, const char *text);
void output_char(struct output *output, char character);
void output_format(struct output *output, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Writes everything now; for streams that somebody watches. */
void output_flush(struct output *output);

/* Two hexadecimal digits a byte. */
void output_hex(struct output *output, fh_bytes bytes);

/*
 * Text: as it is what is valid UTF-8 and no control character; a backslash doubled; tab,
 * newline and carriage return as \t \n \r; every other byte as \xNN.
 */
void output_escaped(struct output *output, fh_bytes bytes);

#endif
