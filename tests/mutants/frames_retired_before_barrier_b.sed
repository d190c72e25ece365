# Readers are sent to the file before it is known to hold (C9).
# file: src/pager/checkpoint.c
# test: kv_fault
/^static void carry(struct pager \*pager, uint32_t page_count)/i static void retire_frames(struct pager *pager);\n
/^static void carry(/,/^}/ s/fh_status status = checkpoint_step(pager, &pages);/fh_status status;\
\
        if (atomic_load(\&pager->checkpoint.phase) == CHECKPOINT_METAS) {\
            retire_frames(pager);\
            pager->checkpoint.frame_count = 0;\
        }\
        status = checkpoint_step(pager, \&pages);/
