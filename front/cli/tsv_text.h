/*
 * tsv_text.h - items as lines: key TAB value.
 *
 * \\ \t \n \r \xNN mean bytes, everything else itself. The first TAB ends the key; those
 * behind it belong to the value. An empty line is an error, an empty value is not.
 */
#ifndef FREEHOLD_CLI_TSV_TEXT_H
#define FREEHOLD_CLI_TSV_TEXT_H

#include "feed.h"
#include "input.h"

/* Feeds every item of the input. */
enum outcome tsv_text_read(struct input *input, struct feed *feed);

#endif
