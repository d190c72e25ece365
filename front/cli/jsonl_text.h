/*
 * jsonl_text.h - items as lines of JSON: {"key":"...","value":"..."}.
 *
 * "key_hex" and "value_hex" hold bytes that are no UTF-8; "tree", or "tree_hex", names the
 * tree. The parser is strict: one flat object a line, strings only, no other member, none
 * twice, valid UTF-8, no lone surrogates.
 */
#ifndef FREEHOLD_CLI_JSONL_TEXT_H
#define FREEHOLD_CLI_JSONL_TEXT_H

#include "feed.h"
#include "input.h"
#include "output.h"

/* Feeds every item of the input. */
enum outcome jsonl_text_read(struct input *input, struct feed *feed);

/* One line; an empty `tree` is the unnamed one and is left out. */
void jsonl_text_print(struct output *output, fh_bytes tree, fh_bytes key, fh_bytes value);

#endif
