/*
 * slot_text.h - a page's slot as page and slots print it.
 */
#ifndef FREEHOLD_CLI_SLOT_TEXT_H
#define FREEHOLD_CLI_SLOT_TEXT_H

#include "freehold/inspect.h"

#include "json.h"

/* The members of a JSON object. */
void slot_text_members(struct json *json, const fh_slot_info *slot);

/* The head of a table, and a line of it. */
void slot_text_head(struct output *output);
void slot_text_line(struct output *output, const fh_slot_info *slot);

#endif
