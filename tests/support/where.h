/*
 * where.h - what a test is doing right now, printed when it fails or aborts.
 *
 * A search over thousands of cases asserts deep inside; this line tells which case it was.
 */
#ifndef FREEHOLD_TESTS_SUPPORT_WHERE_H
#define FREEHOLD_TESTS_SUPPORT_WHERE_H

/* For main: prints how to repeat the run, and prints the place should the program abort. */
void where_init(const char *program);

/* The place from now on; `place` is cut at 300 bytes. One thread. */
void where_set(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A cmocka teardown: prints the place unless where_done was called. */
int where_teardown(void **state);

/* Nothing failed here. */
void where_done(void);

#endif
