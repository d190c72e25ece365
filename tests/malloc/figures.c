/*
 * figures.c - duties of the calls that tell about the heap or give it back.
 */
#define _GNU_SOURCE /* malloc_info, mallopt */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "malloc/duty.h"
#include "malloc/family.h"

enum { BLOCK_COUNT = 400, BLOCK_BYTES = 60000, SMALL_COUNT = 300000, SMALL_BYTES = 100 };

#define MIB ((size_t)1 << 20)

static size_t in_use_bytes(void)
{
    struct mallinfo2 info = family_mallinfo2();

    return info.uordblks + info.hblkhd;
}

/* What mallinfo2 calls in use grows and shrinks with what is. */
static void check_mallinfo2(void)
{
    static void *blocks[BLOCK_COUNT];
    size_t before = in_use_bytes();
    size_t with = 0;
    size_t after = 0;

    for (size_t i = 0; i < BLOCK_COUNT; i++)
        blocks[i] = duty_block(BLOCK_BYTES);
    with = in_use_bytes();
    for (size_t i = 0; i < BLOCK_COUNT; i++)
        family_free(blocks[i]);
    after = in_use_bytes();
    HOLDS(with >= before + (size_t)BLOCK_COUNT * BLOCK_BYTES,
          "mallinfo2: %zu bytes more in use with %d of %d", with - before, BLOCK_COUNT,
          BLOCK_BYTES);
    HOLDS(with < before + (size_t)BLOCK_COUNT * BLOCK_BYTES * 2,
          "mallinfo2: %zu bytes more in use with %d of %d", with - before, BLOCK_COUNT,
          BLOCK_BYTES);
    HOLDS(after < before + (size_t)BLOCK_COUNT * BLOCK_BYTES / 4,
          "mallinfo2: %zu bytes more in use after all was freed", after - before);
}

/* malloc_trim gives back what is free, says 1 or 0, and leaves alone what lives. */
static void check_trim(void)
{
    static void *blocks[SMALL_COUNT];
    size_t full = 0;
    size_t trimmed = 0;
    int answer = 0;

    for (size_t i = 0; i < SMALL_COUNT; i++) {
        blocks[i] = duty_block(SMALL_BYTES);
        duty_mark(blocks[i], SMALL_BYTES, (unsigned)i);
    }
    full = duty_resident_bytes();
    for (size_t i = 0; i < SMALL_COUNT; i++)
        if (i % 10000 >= 500) family_free(blocks[i]);
    answer = family_trim(0);
    trimmed = duty_resident_bytes();
    HOLDS(answer == 0 || answer == 1, "malloc_trim(0) returns %d", answer);
    HOLDS(trimmed + 20 * MIB < full, "malloc_trim(0) with 30 MB free: %zu MiB are resident of %zu",
          trimmed / MIB, full / MIB);
    answer = family_trim((size_t)1 << 30);
    HOLDS(answer == 0 || answer == 1, "malloc_trim(1 GiB) returns %d", answer);
    for (size_t i = 0; i < SMALL_COUNT; i++)
        if (i % 10000 < 500) {
            HOLDS(duty_holds(blocks[i], SMALL_BYTES, (unsigned)i), "malloc_trim lost a block");
            family_free(blocks[i]);
        }
}

/* malloc_stats writes to standard error alone, malloc_info to its stream; both when asked. */
static void check_reports(void)
{
    char text[4096] = "";
    int ends[2];
    void *block = duty_block(1000);
    FILE *file = tmpfile();

    HOLDS(file != NULL && pipe(ends) == 0, "no file to report to");
    HOLDS(dup2(ends[1], STDERR_FILENO) >= 0, "dup2");
    malloc_stats();
    HOLDS(write(ends[1], "", 1) == 1 && read(ends[0], text, sizeof(text)) > 1,
          "malloc_stats says nothing");
    HOLDS(malloc_info(0, file) == 0, "malloc_info is refused");
    HOLDS(ftell(file) > 0, "malloc_info writes nothing");
    HOLDS(malloc_info(1, file) != 0, "malloc_info takes an option that there is not");
    HOLDS(mallopt(M_TRIM_THRESHOLD, 1 << 20) == 1 || mallopt(M_TRIM_THRESHOLD, 1 << 20) == 0,
          "mallopt returns neither 0 nor 1");
    (void)fclose(file);
    family_free(block);
}

/* A program that asks for nothing is told nothing. */
static void allocate_and_exit(void)
{
    family_free(duty_block(100));
    family_free(duty_block(10 * MIB));
    exit(EXIT_SUCCESS);
}

static void check_silence(void)
{
    char text[256] = "";
    int ends[2];
    int state = 0;
    int output = dup(STDOUT_FILENO);

    HOLDS(output >= 0 && pipe(ends) == 0, "pipe");
    HOLDS(dup2(ends[1], STDERR_FILENO) >= 0 && dup2(ends[1], STDOUT_FILENO) >= 0, "dup2");
    state = duty_in_child(allocate_and_exit);
    HOLDS(dup2(output, STDOUT_FILENO) >= 0, "dup2");
    HOLDS(state == 0, "a child that exits has status %d", state);
    HOLDS(write(ends[1], "", 1) == 1, "write");
    HOLDS(read(ends[0], text, sizeof(text) - 1) == 1, "it prints: %s", text);
}

const struct duty figures_duties[] = {
    {"mallinfo2", check_mallinfo2}, {"trim", check_trim}, {"reports", check_reports},
    {"silence", check_silence},     {NULL, NULL},
};
