/*
 * version.h - which Freehold this is.
 */
#ifndef FH_VERSION_H
#define FH_VERSION_H

#define FH_VERSION_MAJOR 0
#define FH_VERSION_MINOR 1
#define FH_VERSION_PATCH 0
#define FH_VERSION_TEXT  "0.1.0"

#endif
