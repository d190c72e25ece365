# Every meta goes to the same slot (C7).
# file: src/pager/meta_format.h
# test: crash_every_point
/^static inline uint8_t meta_slot_of/,/^}/ s/checkpoint_no % 2/checkpoint_no * 0 + 1/
