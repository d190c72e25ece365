/*
 * feed.h - puts items that come in any order into trees, as fast as the order allows.
 *
 * Items that come in ascending order behind the last key of the tree go straight through a
 * bulk loader. Others are gathered in memory up to a limit, sorted (of equal keys the last
 * one wins), and then go through a loader where they lie behind the tree's last key, and
 * by fh_put in order where they do not.
 */
#ifndef FREEHOLD_CLI_FEED_H
#define FREEHOLD_CLI_FEED_H

#include <stddef.h>
#include <stdint.h>

#include "freehold/kv.h"

#include "session.h"

struct feed;

/* The session is a writing one and outlives the feed; items go into its tree first. */
enum outcome feed_open(const struct session *session, struct feed **ret_feed);

/* Forgets what is not yet in the tree; the session must not be committed then. */
void feed_close(struct feed *feed);

/*
 * The next items belong into the tree of this name, or into the one that --tree names: then
 * all must have the same name. *ret_reason: why the name is refused (static), NULL: it is not.
 */
enum outcome feed_tree(struct feed *feed, fh_bytes name, const char **ret_reason);

/* Why an item of these sizes cannot be stored (static); NULL: it can. */
const char *feed_refusal(const struct feed *feed, size_t key_bytes, size_t value_bytes);

/* Copies the item. It must not be one that is refused. */
enum outcome feed_item(struct feed *feed, fh_bytes key, fh_bytes value);

/* Puts all there is into the trees; then the session may be committed. */
enum outcome feed_finish(struct feed *feed);

/* Items that came. */
uint64_t feed_item_count(const struct feed *feed);

/* The longest key that is not refused. */
size_t feed_key_max(const struct feed *feed);

#endif
