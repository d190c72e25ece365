/*
 * crc32c.h - the checksum of everything on the medium (Castagnoli polynomial).
 *
 * By the processor's instruction where it has one, else by table; no state, so any
 * thread at any time. The empty span of seed s has checksum s, and
 * crc32c(crc32c(s, a), b) = crc32c(s, ab).
 */
#ifndef FREEHOLD_BASE_CRC32C_H
#define FREEHOLD_BASE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

uint32_t crc32c(uint32_t seed, const void *data, size_t size);

/* The table's way, on any processor: tests compare the two. */
uint32_t crc32c_portable(uint32_t seed, const void *data, size_t size);

#endif
