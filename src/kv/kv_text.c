/*
 * kv_text.c - bytes shown as text.
 */
#include "kv/kv_text.h"

#include <stdio.h>

const char *kv_text_show(char *to, size_t size, struct span bytes)
{
    size_t at = 0;

    for (size_t i = 0; i < bytes.size && i < KV_TEXT_SHOWN && at + 8 < size; i++) {
        if (bytes.data[i] > 0x20 && bytes.data[i] < 0x7f)
            to[at++] = (char)bytes.data[i];
        else
            at += (size_t)snprintf(to + at, size - at, "\\x%02x", bytes.data[i]);
    }
    (void)snprintf(to + at, size - at, "%s", bytes.size > KV_TEXT_SHOWN ? "..." : "");
    return to;
}
