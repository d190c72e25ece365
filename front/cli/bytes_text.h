/*
 * bytes_text.h - bytes as people write them: text with escapes, or hexadecimal.
 *
 * Decoding happens in place, because what is decoded never grows. The escapes are \\ \t
 * \n \r and \xNN; every other byte means itself. Printing is output.h's business.
 */
#ifndef FREEHOLD_CLI_BYTES_TEXT_H
#define FREEHOLD_CLI_BYTES_TEXT_H

#include <stddef.h>

#include "freehold/kv.h"

/* Both return NULL, or why the text is none (static); *ret_size is how many bytes it became. */
const char *bytes_text_unescape(char *text, size_t size, size_t *ret_size);
const char *bytes_text_unhex(char *text, size_t size, size_t *ret_size);

/* Value of a hexadecimal digit, -1 if it is none. */
int bytes_text_digit(char digit);

/*
 * How many bytes at `data` may stand in a text as they are: the ASCII characters up to the
 * next special one, or one longer UTF-8 character; 0 if the first byte wants an escape.
 */
size_t bytes_text_plain(const unsigned char *data, size_t size);

/* Bytes of the valid UTF-8 character (of 2 to 4 bytes) at `data`; 0: it is none. */
size_t bytes_text_wide(const unsigned char *data, size_t size);

int bytes_text_is_utf8(fh_bytes bytes);

/* Compares as the database orders keys. */
int bytes_text_compare(fh_bytes left, fh_bytes right);

#endif
