/*
 * reply.c - what a step answers: words with a blank between.
 */
#include "lab/reply.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

enum { WORD_BYTES = 512, CAPACITY_MIN = 2 * WORD_BYTES };

void reply_fini(struct reply *reply)
{
    memory_give(reply->text);
    *reply = (struct reply){0};
}

void reply_clear(struct reply *reply)
{
    reply->size = 0;
    reply->is_cut = false;
    if (reply->text != NULL) reply->text[0] = '\0';
}

/* Room for one more word; false without memory. */
static bool make_room(struct reply *reply)
{
    size_t capacity = reply->capacity > 0 ? 2 * reply->capacity : CAPACITY_MIN;
    char *text;

    if (reply->capacity - reply->size > WORD_BYTES) return true;
    text = memory_resize(reply->text, reply->capacity, capacity, 1);
    if (text == NULL) return false;
    reply->text = text;
    reply->capacity = capacity;
    return true;
}

void reply_add(struct reply *reply, const char *format, ...)
{
    va_list list;

    if (reply->is_cut) return;
    if (!make_room(reply)) {
        reply->is_cut = true;
        return;
    }
    if (reply->size > 0) reply->text[reply->size++] = ' ';
    va_start(list, format);
    (void)vsnprintf(reply->text + reply->size, WORD_BYTES, format, list);
    va_end(list);
    reply->size += strlen(reply->text + reply->size);
}

const char *reply_text(const struct reply *reply)
{
    return reply->text != NULL ? reply->text : "";
}
