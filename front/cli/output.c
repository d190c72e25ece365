/*
 * output.c - buffered writing to a file descriptor that never fails in the middle.
 */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bytes_text.h"
#include "failure.h"

static const char digits[] = "0123456789abcdef";

void output_init(struct output *output)
{
    output->file = STDOUT_FILENO;
    output->error = 0;
    output->name = "standard output";
    output->size = 0;
}

enum outcome output_create(struct output *output, const char *path)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

    if (file < 0) return failure_system(path, errno);
    output_init(output);
    output->file = file;
    output->name = path;
    return OUTCOME_DONE;
}

enum outcome output_fini(struct output *output)
{
    output_flush(output);
    if (output->file != STDOUT_FILENO && close(output->file) != 0 && output->error == 0)
        output->error = errno;
    if (output->error != 0) {
        (void)failure_system(output->name, output->error);
        return OUTCOME_FAILED;
    }
    return OUTCOME_DONE;
}

static void write_all(struct output *output, const char *data, size_t size)
{
    while (size > 0 && output->error == 0) {
        ssize_t written = write(output->file, data, size);

        if (written < 0 && errno == EINTR) continue;
        if (written < 0) {
            output->error = errno;
        } else {
            data += written;
            size -= (size_t)written;
        }
    }
}

void output_flush(struct output *output)
{
    write_all(output, output->buffer, output->size);
    output->size = 0;
}

void output_bytes(struct output *output, const void *data, size_t size)
{
    if (size > sizeof(output->buffer) - output->size) output_flush(output);
    if (size > sizeof(output->buffer)) {
        write_all(output, data, size);
    } else if (size > 0) {
        memcpy(output->buffer + output->size, data, size);
        output->size += size;
    }
}

void output_text(struct output *output, const char *text)
{
    output_bytes(output, text, strlen(text));
}

void output_char(struct output *output, char character)
{
    if (output->size == sizeof(output->buffer)) output_flush(output);
    output->buffer[output->size++] = character;
}

void output_format(struct output *output, const char *format, ...)
{
    char text[1024];
    va_list list;
    int size;

    va_start(list, format);
    size = vsnprintf(text, sizeof(text), format, list);
    va_end(list);
    if (size > 0)
        output_bytes(output, text, (size_t)size < sizeof(text) ? (size_t)size : sizeof(text) - 1);
}

void output_hex(struct output *output, fh_bytes bytes)
{
    const unsigned char *next = bytes.data;
    size_t left = bytes.size;

    while (left > 0) {
        size_t count = left < sizeof(output->buffer) / 2 ? left : sizeof(output->buffer) / 2;
        char *to;

        if (sizeof(output->buffer) - output->size < 2 * count) output_flush(output);
        to = output->buffer + output->size;
        for (size_t i = 0; i < count; i++) {
            to[2 * i] = digits[next[i] >> 4];
            to[2 * i + 1] = digits[next[i] & 15];
        }
        output->size += 2 * count;
        next += count;
        left -= count;
    }
}

static void escape_byte(struct output *output, unsigned char byte)
{
    char escape[4] = {'\\', 'x', digits[byte >> 4], digits[byte & 15]};

    switch (byte) {
    case '\\':
        output_text(output, "\\\\");
        break;
    case '\t':
        output_text(output, "\\t");
        break;
    case '\n':
        output_text(output, "\\n");
        break;
    case '\r':
        output_text(output, "\\r");
        break;
    default:
        output_bytes(output, escape, sizeof(escape));
    }
}

void output_escaped(struct output *output, fh_bytes bytes)
{
    const unsigned char *data = bytes.data;
    size_t plain = 0; /* start of what is written as it is */
    size_t at = 0;

    while (at < bytes.size) {
        size_t length = bytes_text_plain(data + at, bytes.size - at);

        if (length == 0) {
            output_bytes(output, data + plain, at - plain);
            escape_byte(output, data[at]);
            plain = ++at;
        } else {
            at += length;
        }
    }
    if (at > plain) output_bytes(output, data + plain, at - plain);
}
