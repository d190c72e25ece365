/*
 * logged_file.h - a small database and its log, as bytes: what a power cut left.
 *
 * Pages of 512 bytes, a ring of 8 KiB; the log holds puts, erases, a range, trees made and
 * dropped, large values by reference. Made once; the same bytes each time.
 */
#ifndef FREEHOLD_TESTS_SUPPORT_LOGGED_FILE_H
#define FREEHOLD_TESTS_SUPPORT_LOGGED_FILE_H

#include <stddef.h>
#include <stdint.h>

enum { LOGGED_PAGE_BYTES = 512, LOGGED_RING_BYTES = 8192, LOGGED_HEADER_BYTES = 4096 };
enum { LOGGED_LOG_BYTES = LOGGED_HEADER_BYTES + LOGGED_RING_BYTES };

/* The two files, static. */
const uint8_t *logged_file(size_t *ret_size);
const uint8_t *logged_file_log(void); /* LOGGED_LOG_BYTES */

/*
 * Where the database's records begin in its log; and in a log that stands beside it, every
 * record from there on, as far as lengths lead, gets the lsn, the number and the checksum
 * that make it one.
 */
size_t logged_file_first(void);
void logged_file_seal(uint8_t *log);

#endif
