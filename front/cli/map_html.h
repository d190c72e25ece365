/*
 * map_html.h - the picture of a database's space as one page that needs nothing else.
 */
#ifndef FREEHOLD_CLI_MAP_HTML_H
#define FREEHOLD_CLI_MAP_HTML_H

#include "map_picture.h"
#include "output.h"

void map_html_print(struct output *output, const struct map_picture *picture);

#endif
