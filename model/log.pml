/*
 * log.pml - the log: its ring, leaders, checkpoints that move its tail, runs that its records
 * name, and what recovery makes of it after the power went or the process died.
 *
 * One process that does one of all possible steps at a time, since a crash ends all threads at
 * once. Commits are numbered through, also over crashes, so that a record of a life that was
 * lost is another one than the record that took its number. A unit is a record; a block has
 * two, and a power cut keeps it, loses it or garbles it. README.md says what is left out.
 *
 * Rules that can be broken, each by -DNAME=0 (docs/invariants.md has them):
 */
#ifndef P2 /* readers get a state when it is on the medium */
#define P2 1
#endif
#ifndef W11 /* a commit by checkpoint keeps the turn until barrier B */
#define W11 1
#endif
#ifndef G1 /* one leader at a time */
#define G1 1
#endif
#ifndef G1_SYNC /* who syncs, and tells afterwards */
#define G1_SYNC 1
#endif
#ifndef G2 /* a group begins with a block */
#define G2 1
#endif
#ifndef G3 /* the ring is never full of what is needed (I9) */
#define G3 1
#endif
#ifndef G5 /* a record says what was durable when it was made; 0: what was written */
#define G5 1
#endif
#ifndef G6 /* runs are synced before the group that names them is written */
#define G6 1
#endif
#ifndef G7 /* the meta that names a new log is durable before a record is acknowledged */
#define G7 1
#endif
#ifndef G9 /* a new log after recovery; 0: on in the same one; 2: the same file, another salt */
#define G9 1
#endif
#ifndef G10 /* no record follows what was left out; 0: the log goes on as if it were there */
#define G10 1
#endif
#ifndef G10_SYNC /* a sync of the log does not count for what was left out */
#define G10_SYNC 1
#endif
#ifndef C8 /* the tail moves behind barrier B; 0: behind the writing of the meta */
#define C8 1
#endif
#ifndef F3_NAMED /* a run that a record may name stays until C has passed its freeing */
#define F3_NAMED 1
#endif
#ifndef V5 /* what was replayed is made durable before anybody sees it */
#define V5 1
#endif

/* Bounds: commits, crashes, blocks of the ring. Runs: 1 with a large value, 0 without. Skips: 1
 * with commits that the log leaves out. */
#ifndef COMMITS
#define COMMITS 4
#endif
#ifndef CRASHES
#define CRASHES 2
#endif
#ifndef BLOCKS
#define BLOCKS 3
#endif
#ifndef RUNS
#define RUNS 1
#endif
#ifndef SKIPS
#define SKIPS 0
#endif

#define UNITS   (2 * BLOCKS)
#define GARBAGE 99
#define NOWHERE 200 /* the lsn of a commit that is in no log */
#define PAD     100 /* + 16 * salt + lsn: for lsns below 16, which 6 commits do not pass */
#define pad(lsn, s) (PAD + 16 * (s) + (lsn))

/* Commits: 0 is the state that the database began with. */
byte newest;
byte before[COMMITS + 1], lsn_of[COMMITS + 1], salt_of[COMMITS + 1], known[COMMITS + 1];
byte run_of[COMMITS + 1]; /* which commit's value is in the run in that state; 0: none */
bit names[COMMITS + 1], is_lost[COMMITS + 1];

/* The ring: as the system shows it, on the medium, and what is to be written. */
byte cache[UNITS], disk[UNITS], buffer[UNITS];
byte run_cache, run_disk;

/* Metas: on the medium, and one that is written and not synced. */
byte m_state, m_lsn, m_salt;
bit m_log = 1;
byte o_state, o_lsn, o_salt;
bit o_log, is_out;

/* The engine. */
byte mode; /* below */
byte last, head, written, durable, tail, salt;
byte c; /* the state of C */
byte run_state, run_born, run_freed;
byte published, acked;
byte k, k_lsn, phase;
bit is_held;    /* by a commit that goes by checkpoint */
bit names_runs; /* the buffer does */
byte led[2], from[2], to[2], at[2], sure[2];
byte skipped_from, skipped_to; /* between them the log has nothing */
byte crashes;

/* mode */
#define RUNNING  0
#define DOWN     1
#define MENDING  2 /* replayed; the checkpoint's meta is not durable yet */
#define WITHOUT  3 /* running, there is no log yet */
#define NAMING   4 /* the meta that names a new log is written */

/* phase of the checkpoint; state of the run */
#define NONE 0
#define WRITE 1
#define META 2
#define DONE 3
#define FREE 0
#define USED 1
#define PENDING 2

/* led */
#define IDLE 0
#define CARRY 1
#define SYNCED 3

#define is_record(v) ((v) != 0 && (v) < GARBAGE)
#define proves(v, l, s) (is_record(v) && lsn_of[v] == (l) && salt_of[v] == (s))
#define round_up(l) ((l) + (l) % 2)
#define is_skipping (SKIPS && skipped_to > tail)

inline add_commit()
{
    newest++;
    before[newest] = last; run_of[newest] = run_of[last];
    last = newest
}

/* P1 is not judged: published states are expected to survive. */
inline publish(s)
{
    if
    :: (s) > published -> published = s
    :: else
    fi
}

inline put_run()
{
    run_cache = newest; run_state = USED; run_born = newest;
    run_of[newest] = newest; names[newest] = 1; names_runs = 1
}

inline erase_run() { run_state = PENDING; run_freed = newest; run_of[newest] = 0 }

inline append()
{
    add_commit();
    lsn_of[newest] = head; salt_of[newest] = salt;
    known[newest] = (G5 -> durable : written);
    if
    :: true
    :: RUNS && run_state == FREE -> put_run()
    :: RUNS && run_state == USED -> erase_run()
    fi;
    buffer[head % UNITS] = newest;
    head++;
    if
    :: !P2 -> publish(last)
    :: else
    fi
}

/* A commit that nobody is owed; what the buffer holds is left out with it. */
inline leave_out()
{
    if
    :: !is_skipping -> skipped_from = written
    :: else
    fi;
    do
    :: written < head -> buffer[written % UNITS] = 0; written++
    :: else -> break
    od;
    head = round_up(head) + 2; written = head; skipped_to = head;
    names_runs = 0;
    add_commit();
    lsn_of[newest] = head - 1; salt_of[newest] = salt
}

/* F3 for the one run. */
#define run_waits \
    (published < run_freed || (run_born <= c && c < run_freed) || \
     (phase != NONE && run_born <= k && k < run_freed) || (F3_NAMED && c < run_freed))

/* States up to lsn `l` are on the medium: readers get them, and who waits is told. */
inline tell(l)
{
    d_step {
        x = last;
        do
        :: x > c && (lsn_of[x] + 1 > (l) || salt_of[x] != salt) -> x = before[x]
        :: else -> break
        od;
        publish(x);
        if
        :: x > acked -> acked = x
        :: else
        fi;
        x = 0
    }
}

inline sync_data()
{
    run_disk = run_cache;
    if
    :: is_out -> m_state = o_state; m_lsn = o_lsn; m_salt = o_salt; m_log = o_log;
        o_state = 0; o_lsn = 0; o_salt = 0; o_log = 0; is_out = 0
    :: else
    fi
}

inline sync_log()
{
    x = 0;
    do
    :: x < UNITS -> disk[x] = cache[x]; x++
    :: else -> break
    od;
    x = 0
}

inline write_meta(state, lsn, s, has_log)
{
    o_state = state; o_lsn = lsn; o_salt = s; o_log = has_log; is_out = 1
}

inline lead_begin(i)
{
    from[i] = written;
    if
    :: G2 && head % 2 == 1 -> buffer[head % UNITS] = pad(head, salt); head++
    :: else
    fi;
    to[i] = head; at[i] = from[i]; written = head;
    sure[i] = (is_skipping && G10 && G10_SYNC -> skipped_from : head);
    led[i] = CARRY;
    if
    :: G6 && names_runs -> sync_data()
    :: else
    fi;
    names_runs = 0
}

/* One block, or with G2=0 what of it belongs to the group. */
inline lead_write(i)
{
    cache[at[i] % UNITS] = buffer[at[i] % UNITS];
    buffer[at[i] % UNITS] = 0;
    at[i] = at[i] + 1;
    if
    :: at[i] % 2 == 1 && at[i] < to[i] ->
        cache[at[i] % UNITS] = buffer[at[i] % UNITS];
        buffer[at[i] % UNITS] = 0;
        at[i] = at[i] + 1
    :: else
    fi
}

inline lead_end(i)
{
    if
    :: sure[i] > durable -> durable = sure[i]
    :: else
    fi;
    tell(sure[i]);
    led[i] = IDLE; from[i] = 0; to[i] = 0; at[i] = 0; sure[i] = 0
}

inline settle()
{
    c = k; tail = k_lsn;
    if
    :: k_lsn > durable -> durable = k_lsn
    :: else
    fi;
    publish(k);
    if
    :: k > acked -> acked = k
    :: else
    fi;
    k = 0; k_lsn = 0; phase = NONE; is_held = 0
}

/* All of the process is gone; the system's cache is not. */
inline forget()
{
    last = 0; head = 0; written = 0; durable = 0; tail = 0; salt = 0; c = 0;
    run_state = 0; run_born = 0; run_freed = 0;
    k = 0; k_lsn = 0; phase = NONE; is_held = 0; names_runs = 0;
    led[0] = 0; from[0] = 0; to[0] = 0; at[0] = 0; sure[0] = 0;
    led[1] = 0; from[1] = 0; to[1] = 0; at[1] = 0; sure[1] = 0;
    skipped_from = 0; skipped_to = 0;
    x = 0;
    do
    :: x < UNITS -> buffer[x] = 0; x++
    :: else -> break
    od;
    x = 0;
    crashes++;
    mode = DOWN
}

/* What was not synced: there, not there, or, of the log and the run, garbage. */
inline lose_power()
{
    x = 0;
    do
    :: x < UNITS ->
        if
        :: cache[x] != disk[x] || cache[x + 1] != disk[x + 1] ->
            if
            :: cache[x] = disk[x]; cache[x + 1] = disk[x + 1]
            :: disk[x] = cache[x]; disk[x + 1] = cache[x + 1]
            :: cache[x] = GARBAGE; cache[x + 1] = GARBAGE;
               disk[x] = GARBAGE; disk[x + 1] = GARBAGE
            fi
        :: else
        fi;
        x = x + 2
    :: else -> break
    od;
    x = 0;
    if
    :: run_cache != run_disk ->
        if
        :: run_cache = run_disk
        :: run_disk = run_cache
        :: run_cache = GARBAGE; run_disk = GARBAGE
        fi
    :: else
    fi;
    if
    :: is_out ->
        if
        :: o_state = 0; o_lsn = 0; o_salt = 0; o_log = 0; is_out = 0
        :: m_state = o_state; m_lsn = o_lsn; m_salt = o_salt; m_log = o_log;
           o_state = 0; o_lsn = 0; o_salt = 0; o_log = 0; is_out = 0
        fi
    :: else
    fi
}

/* V4, G5. `last` is the state, `head` the end of the log. */
inline replay()
{
    d_step {
        if
        :: is_out -> last = o_state; head = o_lsn; salt = o_salt; has_log = o_log
        :: else -> last = m_state; head = m_lsn; salt = m_salt; has_log = m_log
        fi;
        tail = head;
        do
        :: has_log && head < tail + UNITS ->
            x = cache[head % UNITS];
            if
            :: proves(x, head, salt) && (!names[x] || run_cache == x) ->
                assert(before[x] == last); /* V4: no number is left out */
                last = x; head++
            :: x == pad(head, salt) -> head = round_up(head + 1)
            :: else -> break
            fi
        :: else -> break
        od;
        /* G5: no crash is taken for damage. */
        y = head + 1;
        do
        :: has_log && y < tail + UNITS ->
            x = cache[y % UNITS];
            assert(!proves(x, y, salt) || known[x] <= head);
            y++
        :: else -> break
        od;
        x = 0; y = 0; has_log = 0;
        /* I8, I12 */
        assert(!is_lost[last]);
        assert(last >= acked);
        assert(last >= published);
        assert(run_of[last] == 0 || run_cache == run_of[last])
    }
}

/* Recovery is over: the state is `last`, what came after it never was. */
inline begin_life()
{
    d_step {
        x = last + 1;
        do
        :: x <= newest -> is_lost[x] = 1; x++
        :: else -> break
        od;
        x = 0;
        c = last;
        head = round_up(head);
        written = head; durable = head; tail = head;
        if
        :: run_of[last] != 0 -> run_state = USED; run_born = run_of[last]
        :: else
        fi;
        publish(last)
    }
}

active proctype engine()
{
    byte x, y;
    bit has_log;

end:
    do
    /*
     * The writer. A record and the pad behind it find room before the tail, and, since leaders
     * here take what they write from the one buffer, a lap behind what one has still to write.
     */
    :: atomic { mode == RUNNING && !is_held && newest < COMMITS &&
            (!G3 || head + 2 <= tail + UNITS) && (!G10 || !is_skipping) &&
            (!SKIPS || (buffer[head % UNITS] == 0 && buffer[(head + 1) % UNITS] == 0)) ->
            append()
        }
    :: atomic { SKIPS && mode == RUNNING && !is_held && newest < COMMITS -> leave_out() }
    :: atomic { (mode == RUNNING || mode == WITHOUT) && !is_held && newest < COMMITS &&
            phase == NONE ->
            add_commit();
            lsn_of[newest] = NOWHERE;
            k = last; k_lsn = head; phase = WRITE;
            is_held = W11
        }
    :: atomic { run_state == PENDING && !run_waits ->
            run_state = FREE; run_born = 0; run_freed = 0
        }

    /* Leaders, of those who wait. */
    :: atomic { mode == RUNNING && led[0] == IDLE && (!G1 || led[1] == IDLE) &&
            durable < (is_skipping && G10 && G10_SYNC -> skipped_from : head) ->
            lead_begin(0)
        }
    :: atomic { led[0] == CARRY && at[0] < to[0] -> lead_write(0) }
    :: atomic { led[0] == CARRY && at[0] == to[0] && G1_SYNC -> sync_log(); led[0] = SYNCED }
    :: atomic { (led[0] == SYNCED || (!G1_SYNC && led[0] == CARRY)) && at[0] == to[0] ->
            lead_end(0)
        }
    :: atomic { led[0] == CARRY && at[0] == to[0] && from[0] < to[0] ->
            /* G8: written, and not synced yet */
            led[0] = IDLE; from[0] = 0; to[0] = 0; at[0] = 0; sure[0] = 0
        }
    :: atomic { mode == RUNNING && led[1] == IDLE && !G1 && written < head -> lead_begin(1) }
    :: atomic { led[1] == CARRY && at[1] < to[1] -> lead_write(1) }
    :: atomic { led[1] == CARRY && at[1] == to[1] -> sync_log(); led[1] = SYNCED }
    :: atomic { led[1] == SYNCED && at[1] == to[1] -> lead_end(1) }

    /* The checkpoint. */
    :: atomic { mode == RUNNING && phase == NONE && last > c && !is_held ->
            k = last; k_lsn = head; phase = WRITE
        }
    :: atomic { phase == WRITE -> /* barrier A, the meta */
            sync_data();
            write_meta(k, k_lsn, salt, mode == RUNNING);
            phase = META;
            if
            :: !C8 -> tail = k_lsn
            :: else
            fi
        }
    :: atomic { phase == META -> sync_data(); phase = DONE } /* barrier B */
    :: atomic { phase == DONE -> settle() }

    /* A log, when there is none. */
    :: atomic { mode == WITHOUT && phase == NONE && newest < COMMITS ->
            x = 0;
            do
            :: x < UNITS && G9 != 2 -> cache[x] = 0; disk[x] = 0; x++
            :: else -> break
            od;
            x = 0;
            salt++;
            write_meta(c, head, salt, 1);
            mode = (G7 -> NAMING : RUNNING)
        }
    :: atomic { mode == NAMING -> sync_data(); mode = RUNNING }

    /* Crashes and recovery. */
    :: atomic { mode != DOWN && crashes < CRASHES -> forget(); lose_power() }
    :: atomic { mode != DOWN && crashes < CRASHES -> forget() } /* the process alone */
    :: atomic { mode == DOWN ->
            replay();
            if
            :: V5 && G9 -> write_meta(last, round_up(head), salt, 0); mode = MENDING
            :: V5 && !G9 -> write_meta(last, round_up(head), salt, 1); mode = MENDING
            :: !V5 -> begin_life(); mode = RUNNING
            fi
        }
    :: atomic { mode == MENDING -> sync_data(); begin_life(); mode = (G9 -> WITHOUT : RUNNING) }
    od
}
