/*
 * duty.h - what a duty of malloc is checked with; duties are in the files beside.
 *
 * Each duty runs in a child process of its own, under an alarm. It ends by returning, or by
 * the first thing that does not hold.
 */
#ifndef FREEHOLD_TESTS_MALLOC_DUTY_H
#define FREEHOLD_TESTS_MALLOC_DUTY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct duty {
    const char *name;
    void (*check)(void);
};

/* The tables of the files, each ended by a name of NULL. */
extern const struct duty blocks_duties[];
extern const struct duty aligned_duties[];
extern const struct duty realloc_duties[];
extern const struct duty refusal_duties[];
extern const struct duty figures_duties[];
extern const struct duty threads_duties[];
extern const struct duty fork_duties[];
extern const struct duty program_duties[];
extern const struct duty operators_duties[];

/* Says what does not hold and ends the process, from any thread, without allocating. */
void duty_broken(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* Ends the duty with the sentence behind the condition when that does not hold. */
#define HOLDS(condition, ...)                       \
    do {                                            \
        if (!(condition)) duty_broken(__VA_ARGS__); \
    } while (0)

/* A block of `size` bytes, or the end of the duty; its alignment is checked. */
void *duty_block(size_t size);

/* Every byte becomes `mark`; duty_holds tells whether all still are. */
void duty_mark(void *block, size_t size, unsigned mark);
bool duty_holds(const void *block, size_t size, unsigned mark);

/* Seeded numbers (splitmix64): 0 .. limit - 1. */
size_t duty_random(uint64_t *state, size_t limit);

/* MiB of blocks that 256 MiB of addresses must have room for. */
extern size_t duty_room_mib;

/* Bytes of this process that are resident now. */
size_t duty_resident_bytes(void);

/* Runs `work` in a child; returns its wait status. It may take 20 seconds. */
int duty_in_child(void (*work)(void));

#endif
