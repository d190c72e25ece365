/*
 * settings.c - FREEHOLD_MALLOC, read when the library is loaded, and what it asks for at the end.
 *
 * Words with commas between them; freehold-malloc(7) is their manual. A word that is none is
 * told of in one line and ignored. The standard error stream is remembered as it is at the
 * beginning, because many programs close it before their end is here.
 */
#include <ctype.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "freehold/heap.h"
#include "report.h"

enum { DESCRIPTOR_MIN = 100, DECAY_MS_MAX = 1000000000 };

static struct {
    int descriptor;
    bool has_figures;
    bool has_map;
    enum report_form form;
} settings;

static bool read_word(const char *word, size_t length, fh_malloc_options *options);
static bool read_trim(const char *text, size_t length, uint64_t *ret_ms);

static bool is_word(const char *word, size_t length, const char *expected)
{
    return length == strlen(expected) && strncmp(word, expected, length) == 0;
}

__attribute__((constructor)) static void settings_read(void)
{
    const char *word = getenv("FREEHOLD_MALLOC");
    fh_malloc_options options = {.size = sizeof(options)};

    /* Said to the heap in any case: so it begins, and its fork handlers stand before others'. */
    while (word != NULL && *word != '\0') {
        size_t length = strcspn(word, ",");

        if (length > 0 && !read_word(word, length, &options))
            (void)fprintf(stderr,
                          "freehold-malloc: FREEHOLD_MALLOC: \"%.*s\" is no setting, ignored "
                          "(stats, stats=json, map, guard, trim=MILLISECONDS, trim=never)\n",
                          (int)(length > 100 ? 100 : length), word);
        word += length;
        if (*word == ',') word++;
    }
    if (settings.has_figures || settings.has_map)
        settings.descriptor = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, DESCRIPTOR_MIN);
    fh_malloc_configure(&options);
}

__attribute__((destructor)) static void settings_report(void)
{
    if (settings.descriptor <= 0) return;
    if (settings.has_figures) report_figures(settings.descriptor, settings.form);
    if (settings.has_map) report_map(settings.descriptor);
}

static bool read_word(const char *word, size_t length, fh_malloc_options *options)
{
    static const char trim[] = "trim=";

    if (is_word(word, length, "stats") || is_word(word, length, "stats=json")) {
        settings.has_figures = true;
        settings.form = length > 5 ? REPORT_JSON : REPORT_TEXT;
        return true;
    }
    if (is_word(word, length, "map")) {
        settings.has_map = true;
        return true;
    }
    if (is_word(word, length, "guard")) {
        options->guard = 1;
        return true;
    }
    if (length > sizeof(trim) - 1 && strncmp(word, trim, sizeof(trim) - 1) == 0)
        return read_trim(word + sizeof(trim) - 1, length - (sizeof(trim) - 1), &options->decay_ms);
    return false;
}

/* 0 milliseconds is as soon as there is an occasion; in the options 0 means as it is. */
static bool read_trim(const char *text, size_t length, uint64_t *ret_ms)
{
    uint64_t ms = 0;

    if (is_word(text, length, "never")) {
        *ret_ms = UINT64_MAX;
        return true;
    }
    for (size_t i = 0; i < length; i++) {
        if (!isdigit((unsigned char)text[i]) || ms > DECAY_MS_MAX) return false;
        ms = ms * 10 + (uint64_t)(text[i] - '0');
    }
    *ret_ms = ms == 0 ? 1 : ms;
    return true;
}
