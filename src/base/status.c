/*
 * status.c - the public words on a status, and the version.
 */
#include "freehold/status.h"

#include "base/note.h"
#include "freehold/version.h"

const char *fh_strerror(fh_status status)
{
    switch (status) {
#define SENTENCE(name, number, sentence) \
    case FH_##name:                      \
        return sentence;
        FH_STATUS_TABLE(SENTENCE)
#undef SENTENCE
    }
    return "unknown status";
}

const char *fh_status_name(fh_status status)
{
    switch (status) {
#define NAME(name, number, sentence) \
    case FH_##name:                  \
        return "FH_" #name;
        FH_STATUS_TABLE(NAME)
#undef NAME
    }
    return "FH_?";
}

const char *fh_note(void)
{
    return note_text();
}

const char *fh_version(void)
{
    return FH_VERSION_TEXT;
}
