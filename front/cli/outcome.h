/*
 * outcome.h - how a command ends: the four exit codes.
 *
 * Whoever meets a failure prints its one line (failure.h) and returns the outcome; all
 * others pass it on. So no line is printed twice, and none is lost.
 */
#ifndef FREEHOLD_CLI_OUTCOME_H
#define FREEHOLD_CLI_OUTCOME_H

enum outcome {
    OUTCOME_DONE = 0,  /* it was done; the answer is yes */
    OUTCOME_NO = 1,    /* the answer is no: the key is absent, check found faults */
    OUTCOME_WRONG = 2, /* wrong usage or bad input */
    OUTCOME_FAILED = 3 /* the system failed: I/O, space, memory */
};

/* Passes on what is not OUTCOME_DONE. */
#define PASS(call)                                             \
    do {                                                       \
        enum outcome pass_outcome = (call);                    \
        if (pass_outcome != OUTCOME_DONE) return pass_outcome; \
    } while (0)

#endif
