/*
 * item_text.h - items as scan and dump print them, and what may be asked about keys.
 */
#ifndef FREEHOLD_CLI_ITEM_TEXT_H
#define FREEHOLD_CLI_ITEM_TEXT_H

#include "freehold/kv.h"

#include "json.h"
#include "outcome.h"

/* How an item is printed. */
enum item_form {
    ITEM_ESCAPED, /* key TAB value, special bytes escaped */
    ITEM_HEX,     /* key TAB value, hexadecimal */
    ITEM_JSON     /* {"key":"...","value":"..."} */
};

/* One line. `value` may be NULL: the key only. */
void item_text_print(struct output *output, enum item_form form, fh_bytes key,
                     const fh_bytes *value);

/* Says that the key is absent: the answer is no. */
enum outcome item_text_absent(fh_bytes key);

/*
 * The least key that is larger than all that begin with `prefix`, built in `room` (of
 * prefix.size bytes); an empty one when there is none: to the end, in fh_erase_range's words.
 */
fh_bytes item_text_prefix_end(fh_bytes prefix, unsigned char *room);

#endif
