/*
 * dump_text.h - the text that db_dump and mdb_dump print, and db_load and mdb_load read.
 *
 * Sections, one a tree: header lines `keyword=value` up to HEADER=END, then a line a key and
 * a line a value in turn, each behind one blank, up to DATA=END. In format=bytevalue they
 * are hexadecimal; in format=print text, in which \xx (two digits) and \\ mean bytes. Both
 * are read, unknown keywords are ignored; bytevalue is written, with no other keywords than
 * all four programs know, but for LMDB's mapsize.
 */
#ifndef FREEHOLD_CLI_DUMP_TEXT_H
#define FREEHOLD_CLI_DUMP_TEXT_H

#include "feed.h"
#include "input.h"
#include "output.h"

/* Feeds every item of every section; database= names its tree. */
enum outcome dump_text_read(struct input *input, struct feed *feed);

/* A section's head; an empty `tree` is the unnamed one; `map_bytes` 0: no mapsize line. */
void dump_text_begin(struct output *output, fh_bytes tree, uint64_t map_bytes);
void dump_text_print(struct output *output, fh_bytes key, fh_bytes value);
void dump_text_end(struct output *output);

#endif
