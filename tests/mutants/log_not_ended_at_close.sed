# A clean close does not say that there is no log (0a.7).
# file: src/pager/pager.c
# test: crash_every_point
/^static fh_status give_end_back/,/^}/ s/\.flags = META_NO_LOG,/.flags = 0,/
