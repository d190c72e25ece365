/*
 * repair.h - freehold check --repair: what can be read, into a new database.
 */
#ifndef FREEHOLD_CLI_REPAIR_H
#define FREEHOLD_CLI_REPAIR_H

#include "arguments.h"

/* DB is the operand, NEW the value of --repair. OUTCOME_NO: NEW is there, something is lost. */
enum outcome repair_database(const struct arguments *arguments);

#endif
