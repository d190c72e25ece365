/*
 * machine.h - which machine this is, and what it can do at best: the limits beside the rows.
 */
#ifndef FREEHOLD_BENCH_MACHINE_H
#define FREEHOLD_BENCH_MACHINE_H

#include <stdint.h>
#include <stdio.h>

#include "figures.h"

enum { MACHINE_TEXT_BYTES = 128, MACHINE_CHASES = 3 };

struct machine {
    char processor[MACHINE_TEXT_BYTES];
    char system[MACHINE_TEXT_BYTES];
    char filesystem[MACHINE_TEXT_BYTES]; /* of the folder */
    unsigned processor_count;
    uint64_t memory_bytes;
    double load; /* how many were running or waiting, in the minute before */

    struct delay sync;       /* 4 KiB overwritten, and fdatasync */
    double write_gigabytes;  /* a second: 256 MiB in order, in pieces of 1 MiB, then fdatasync */
    double memcpy_gigabytes; /* a second: 64 MiB */
    double chase_ns[MACHINE_CHASES]; /* a dependent load in machine_chase_bytes[] of memory */
    double fresh_fault_ns;           /* the first touch of a page of private memory */
    double file_fault_ns; /* the first touch of a page of a mapped, cached file, in order */
};

extern const uint64_t machine_chase_bytes[MACHINE_CHASES];

/* Takes some seconds; makes and removes a file of 256 MiB in `folder`. */
void machine_measure(struct machine *ret_machine, const char *folder);

/* Four lines for people; one JSON object. */
void machine_print(const struct machine *machine, FILE *file);
void machine_print_json(const struct machine *machine, FILE *file);

#endif
