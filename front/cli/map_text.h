/*
 * map_text.h - the picture of a database's space in characters.
 */
#ifndef FREEHOLD_CLI_MAP_TEXT_H
#define FREEHOLD_CLI_MAP_TEXT_H

#include "map_picture.h"
#include "output.h"

enum { MAP_TEXT_COLUMNS = 64, MAP_TEXT_ROWS = 24 };

/* Colours only on a terminal; block characters where the locale is UTF-8, else ASCII. */
void map_text_print(struct output *output, const struct map_picture *picture);

#endif
