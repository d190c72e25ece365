/*
 * lab_names.h - the textbook's policies and orders by name.
 */
#ifndef FREEHOLD_LAB_LAB_NAMES_H
#define FREEHOLD_LAB_LAB_NAMES_H

#include "base/compiler.h"
#include "lab/simulator.h"

/* FH_INVALID: there is none of this name, and the note lists them. */
fh_status lab_names_policy(const char *name, enum simulator_policy *ret_policy) MUST_CHECK;
fh_status lab_names_order(const char *name, enum simulator_order *ret_order) MUST_CHECK;

#endif
