/*
 * input.c - a file or standard input, line by line, in large blocks.
 */
#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "failure.h"

enum { BLOCK_BYTES = 1 << 18 };

enum outcome input_open(const char *path, struct input *ret_input)
{
    struct input input = {.name = path, .file = STDIN_FILENO, .capacity = (size_t)2 * BLOCK_BYTES};
    struct stat stat_of_file;

    if (strcmp(path, "-") == 0)
        input.name = "standard input";
    else
        input.file = open(path, O_RDONLY | O_CLOEXEC);
    if (input.file < 0) return failure_system(path, errno);
    if (fstat(input.file, &stat_of_file) == 0 && S_ISREG(stat_of_file.st_mode))
        input.total_bytes = (uint64_t)stat_of_file.st_size;
    input.buffer = malloc(input.capacity);
    if (input.buffer == NULL) {
        input_close(&input);
        return failure_memory(path);
    }
    progress_init(&input.progress, input.name);
    *ret_input = input;
    return OUTCOME_DONE;
}

void input_close(struct input *input)
{
    if (input->buffer != NULL) progress_fini(&input->progress);
    free(input->buffer);
    if (input->file != STDIN_FILENO) (void)close(input->file);
}

/* Makes room for a block behind what is there: moves it to the front, or gets more memory. */
static enum outcome make_room(struct input *input)
{
    size_t kept = input->end - input->begin;
    char *larger;

    if (input->capacity - input->end >= BLOCK_BYTES) return OUTCOME_DONE;
    if (input->begin > 0) memmove(input->buffer, input->buffer + input->begin, kept);
    input->begin = 0;
    input->end = kept;
    if (input->capacity - kept >= BLOCK_BYTES) return OUTCOME_DONE;
    larger = realloc(input->buffer, 2 * input->capacity);
    if (larger == NULL) return failure_memory(input->name);
    input->buffer = larger;
    input->capacity *= 2;
    return OUTCOME_DONE;
}

static enum outcome read_block(struct input *input)
{
    ssize_t count;

    PASS(make_room(input));
    do
        count = read(input->file, input->buffer + input->end, BLOCK_BYTES);
    while (count < 0 && errno == EINTR);
    if (count < 0) return failure_system(input->name, errno);
    input->is_end = count == 0;
    input->end += (size_t)count;
    input->read_bytes += (uint64_t)count;
    progress_step(&input->progress, input->read_bytes, input->total_bytes);
    return OUTCOME_DONE;
}

enum outcome input_line(struct input *input, struct line *ret_line)
{
    size_t searched = 0; /* bytes from begin that hold no newline */

    for (;;) {
        char *text = input->buffer + input->begin;
        size_t there = input->end - input->begin;
        char *newline = there > searched ? memchr(text + searched, '\n', there - searched) : NULL;

        if (newline == NULL && !input->is_end) {
            searched = there;
            PASS(read_block(input));
            continue;
        }
        input->line_no++;
        if (newline == NULL && there == 0) {
            *ret_line = (struct line){0};
            return OUTCOME_DONE;
        }
        *ret_line = (struct line){text, newline != NULL ? (size_t)(newline - text) : there};
        input->begin += ret_line->size + (newline != NULL);
        return OUTCOME_DONE;
    }
}

enum outcome input_peek(struct input *input, struct line *ret_line)
{
    const char *newline = NULL;
    size_t there;

    for (;;) {
        there = input->end - input->begin;
        if (there > 0) newline = memchr(input->buffer + input->begin, '\n', there);
        if (newline != NULL || input->is_end || there >= BLOCK_BYTES) break;
        PASS(read_block(input));
    }
    if (newline != NULL) there = (size_t)(newline - input->buffer) - input->begin;
    *ret_line = (struct line){input->buffer + input->begin, there};
    return OUTCOME_DONE;
}

enum outcome input_refuse(const struct input *input, const char *reason)
{
    return failure_wrong(input->name, "line %" PRIu64 ": %s (nothing was loaded)", input->line_no,
                         reason);
}
