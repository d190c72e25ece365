# A run that a record names is used again before a checkpoint has passed it (0a.1).
# file: src/pager/pending.c
# test: crash_every_point
s/entry->is_named && entry->freed > release->checkpoint/false/
