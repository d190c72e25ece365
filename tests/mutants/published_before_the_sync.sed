# Readers see a commit that is not yet durable and did not ask (P2).
# file: src/pager/commit.c
# test: crash_every_point
/^void commit_by_log/,/^}/ s/if (durability >= TXN_LAZY)/if (durability >= TXN_DURABLE)/
