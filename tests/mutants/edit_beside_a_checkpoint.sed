# A frame of the running checkpoint's image is changed in place (W3).
# file: src/pager/txn.c
# test: crash_every_point
/^fh_status txn_edit/,/^}/ s/if (frame != 0 && pager->overlay.frames\[frame\].epoch == txn->epoch)/if (frame != 0 \&\& pager->overlay.frames[frame].epoch >= txn->base.epoch)/
