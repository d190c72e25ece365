/*
 * kv_text.h - names and keys in sentences for people.
 */
#ifndef FREEHOLD_KV_KV_TEXT_H
#define FREEHOLD_KV_KV_TEXT_H

#include "base/bytes.h"

enum { KV_TEXT_SHOWN = 48, KV_TEXT_BYTES = 5 * KV_TEXT_SHOWN };

/* What is no plain text is shown as \xNN; at most KV_TEXT_SHOWN bytes are. Returns `to`. */
const char *kv_text_show(char *to, size_t size, struct span bytes);

#endif
