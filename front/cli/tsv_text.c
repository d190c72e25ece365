/*
 * tsv_text.c - items as lines: key TAB value.
 */
#include "tsv_text.h"

#include <string.h>

#include "bytes_text.h"

static enum outcome read_item(struct input *input, struct feed *feed, struct line line)
{
    char *tab = line.size > 0 ? memchr(line.text, '\t', line.size) : NULL;
    size_t key_size = 0;
    size_t value_size = 0;
    const char *reason = NULL;

    if (line.size == 0) return input_refuse(input, "an empty line");
    if (tab == NULL) return input_refuse(input, "no TAB between key and value");
    reason = bytes_text_unescape(line.text, (size_t)(tab - line.text), &key_size);
    if (reason == NULL)
        reason =
            bytes_text_unescape(tab + 1, (size_t)(line.text + line.size - tab) - 1, &value_size);
    if (reason == NULL) reason = feed_refusal(feed, key_size, value_size);
    if (reason != NULL) return input_refuse(input, reason);
    return feed_item(feed, (fh_bytes){line.text, key_size}, (fh_bytes){tab + 1, value_size});
}

enum outcome tsv_text_read(struct input *input, struct feed *feed)
{
    struct line line;

    PASS(input_line(input, &line));
    while (line.text != NULL) {
        PASS(read_item(input, feed, line));
        PASS(input_line(input, &line));
    }
    return OUTCOME_DONE;
}
