/*
 * map_svg.h - the picture of a database's space as SVG.
 */
#ifndef FREEHOLD_CLI_MAP_SVG_H
#define FREEHOLD_CLI_MAP_SVG_H

#include "map_picture.h"
#include "output.h"

enum { MAP_SVG_COLUMNS = 128, MAP_SVG_ROWS = 128 };

/* A whole document, which may also stand inside an HTML page. */
void map_svg_print(struct output *output, const struct map_picture *picture);

/* A file's name as text between tags. */
void map_svg_name(struct output *output, const char *path);

#endif
