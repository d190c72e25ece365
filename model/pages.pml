/*
 * pages.pml - pages, frames and pins: one writer, a reader, a checkpoint beside them, and
 * commits that wait for their sync before readers get them.
 *
 * A page's value is 2 * (the epoch that wrote it) + (0 or 1: changed once more in that epoch),
 * so that every wrong page is another value. What the kernel writes to the medium between two
 * barriers is not spelled out: a write to a page that a state on the medium uses is itself the
 * error. README.md says what is bounded and what is left out.
 *
 * Rules that can be broken, each by -DNAME=0 (docs/invariants.md has them):
 */
#ifndef W3 /* a page changes in place only in the epoch that took it; 0: when it is newer than C */
#define W3 1
#endif
#ifndef R1 /* a reader looks again after it has pinned */
#define R1 1
#endif
#ifndef R6 /* a parked seat's pin is taken by an exchange that its next reader may win; 0: by two steps */
#define R6 1
#endif
#ifndef F3_PUB /* a run waits until its freeing is published; 0: until it is committed */
#define F3_PUB 1
#endif
#ifndef F3_READER /* readers pin */
#define F3_READER 1
#endif
#ifndef F3_C /* the durable checkpoint pins */
#define F3_C 1
#endif
#ifndef F3_K /* the one that is being written pins */
#define F3_K 1
#endif
#ifndef C2 /* frozen between two transactions; 0: at any time */
#define C2 1
#endif
#ifndef C6 /* barrier A comes before the meta */
#define C6 1
#endif
#ifndef C8 /* settled behind barrier B; 0: behind the writing of the meta */
#define C8 1
#endif
#ifndef C9 /* frames that were written wait for readers at all */
#define C9 1
#endif
#ifndef C9_ORDER /* off the table first, then the time of grace ends; 0: the other way */
#define C9_ORDER 1
#endif
#ifndef C9_PIN /* who pins the frame's own epoch counts; 0: only who pins a later one */
#define C9_PIN 1
#endif

/* Bounds: pages, frames, the last epoch (the first is 1), changes in a transaction. */
#ifndef PAGES
#define PAGES 3
#endif
#ifndef FRAMES
#define FRAMES 3
#endif
#ifndef EPOCHS
#define EPOCHS 4
#endif
#ifndef CHANGES
#define CHANGES 2
#endif

#define FREE    0
#define USED    1
#define PENDING 2

#define NONE   0
#define WRITE  1 /* frames to the file */
#define META   2 /* the meta is written, barrier B has not returned */
#define DONE   3
#define FAILED 4

#define has(set, p) (((set) >> (p)) & 1)

bit up;

/* The writer's own. */
byte state[PAGES], born[PAGES], freed[PAGES];
byte last = 1, cur = 2;

/* Frames: 0 is none. */
byte table[PAGES];
byte body[FRAMES + 1], frame_epoch[FRAMES + 1], frame_grace[FRAMES + 1];
byte frame_state[FRAMES + 1]; /* FREE, USED, PENDING: retired */
byte grace;

/* The file as the system shows it; what is not synced. */
byte file[PAGES];
bit dirty[PAGES];

/* States: what readers get, what waits for its sync, C and K. A set, and values. */
byte pub = 1, pub_set = 1, pub_value[PAGES];
byte waiting, wait_epoch[2], wait_set[2], wait_value[2 * PAGES];
byte c = 1, medium_set = 1, medium_value[PAGES]; /* what a power cut would find */
byte k, k_set, k_value[PAGES], k_frame[PAGES], phase;
bit meta_out; /* a meta is written and not synced: it may be found too */
byte out_set, out_value[PAGES];

/* The reader. */
byte pin, pin_grace, seen, seen_set, seen_value[PAGES];
bit parked; /* it has ended and its pin stays; R6: the next one goes on with its state */

inline leave()
{
    seen = 0; parked = 0; pin = 0; pin_grace = 0; seen_set = 0;
    seen_value[0] = 0; seen_value[1] = 0; seen_value[2] = 0
}

/* Whoever looks at the pins takes that of a parked seat first. */
inline take_parked()
{
    if
    :: parked -> leave()
    :: else
    fi
}

#define live(s, p) ((s) != 0 && born[p] <= (s) && (s) < freed[p])
#if F3_PUB
#define unpublished(p) (freed[p] > pub)
#else
#define unpublished(p) (freed[p] > last)
#endif
#define blocked(p)                                                          \
    (unpublished(p) || (F3_READER && live(pin, p)) || (F3_C && live(c, p)) || \
     (F3_K && phase != NONE && live(k, p)))
#if W3
#define in_place(p) (born[p] == cur)
#else
#define in_place(p) (born[p] > c && table[p] != 0)
#endif

inline drop_frame(p)
{
    if
    :: table[p] != 0 ->
        frame_state[table[p]] = FREE; body[table[p]] = 0; frame_epoch[table[p]] = 0; table[p] = 0
    :: else
    fi
}

inline free_page(p) { drop_frame(p); state[p] = FREE; born[p] = 0; freed[p] = 0 }

/* F3, with one look at the seat. */
inline release()
{
    d_step {
        take_parked();
        i = 0;
        do
        :: i < PAGES ->
            if
            :: state[i] == PENDING && !blocked(i) -> free_page(i)
            :: else
            fi;
            i++
        :: else -> break
        od;
        i = 0
    }
}

/* A frame for page p; `f` is 0 when there is none. */
inline add_frame(p)
{
    f = 1;
    do
    :: f <= FRAMES && frame_state[f] != FREE -> f++
    :: else -> break
    od;
    if
    :: f > FRAMES -> f = 0
    :: else ->
        frame_state[f] = USED; frame_epoch[f] = cur; body[f] = 2 * cur; table[p] = f
    fi
}

inline publish_oldest()
{
    if
    :: wait_epoch[0] > pub ->
        pub = wait_epoch[0]; pub_set = wait_set[0];
        pub_value[0] = wait_value[0]; pub_value[1] = wait_value[1]; pub_value[2] = wait_value[2]
    :: else
    fi;
    wait_epoch[0] = wait_epoch[1]; wait_set[0] = wait_set[1];
    wait_value[0] = wait_value[3]; wait_value[1] = wait_value[4]; wait_value[2] = wait_value[5];
    wait_epoch[1] = 0; wait_set[1] = 0;
    wait_value[3] = 0; wait_value[4] = 0; wait_value[5] = 0;
    waiting--
}

#define value(p) (table[p] != 0 -> body[table[p]] : file[p])

inline freeze()
{
    k = last; k_set = 0; i = 0;
    do
    :: i < PAGES ->
        if
        :: state[i] == USED ->
            k_set = k_set | (1 << i); k_value[i] = value(i); k_frame[i] = table[i]
        :: else -> k_value[i] = 0; k_frame[i] = 0
        fi;
        i++
    :: else -> break
    od;
    i = 0;
    phase = WRITE
}

inline forget()
{
    k = 0; k_set = 0; i = 0;
    do
    :: i < PAGES -> k_value[i] = 0; k_frame[i] = 0; i++
    :: else -> break
    od;
    i = 0; phase = NONE
}

/* C8: C is K from now on, and what waited up to there is published. Then C9, in steps. */
inline settle()
{
    if
    :: phase == FAILED -> d_step { forget() }
    :: phase == DONE || (!C8 && phase == META) ->
        d_step {
            c = k;
            do
            :: waiting > 0 && wait_epoch[0] <= k -> publish_oldest()
            :: else -> break
            od
        }
#if !C9_ORDER
        grace++;
#endif
        i = 0;
        do
        :: i < PAGES ->
            atomic {
                if
                :: k_frame[i] != 0 ->
                    assert(table[i] == k_frame[i]);
                    table[i] = 0; frame_state[k_frame[i]] = PENDING;
#if C9_ORDER
                    frame_grace[k_frame[i]] = grace
#else
                    frame_grace[k_frame[i]] = grace - 1
#endif
                :: else
                fi;
                i++
            }
        :: else -> break
        od;
#if C9_ORDER
        grace++;
#else
        true;
#endif
        d_step { /* one look at the seat */
            take_parked();
            i = 1;
            do
            :: i <= FRAMES ->
                if
                :: frame_state[i] == PENDING &&
                   !(C9 && pin != 0 && pin_grace <= frame_grace[i] &&
                     (pin > frame_epoch[i] || (C9_PIN && pin == frame_epoch[i]))) ->
                    frame_state[i] = FREE; body[i] = 0; frame_epoch[i] = 0; frame_grace[i] = 0
                :: else
                fi;
                i++
            :: else -> break
            od;
            i = 0;
            forget()
        }
    :: else
    fi
}

inline change(p)
{
    if
    :: state[p] == USED && in_place(p) ->
        body[table[p]] = 2 * cur + 1 - body[table[p]] % 2
    :: state[p] == USED && !in_place(p) -> /* copied */
        q = 0;
        do
        :: q < PAGES && state[q] != FREE -> q++
        :: else -> break
        od;
        if
        :: q < PAGES ->
            add_frame(q);
            if
            :: f != 0 -> state[q] = USED; born[q] = cur; state[p] = PENDING; freed[p] = cur
            :: else
            fi
        :: else
        fi
    :: state[p] == FREE -> /* one more */
        add_frame(p);
        if
        :: f != 0 -> state[p] = USED; born[p] = cur
        :: else
        fi
    :: state[p] == USED -> /* one less */
        if
        :: born[p] == cur -> free_page(p) /* F1 */
        :: else -> state[p] = PENDING; freed[p] = cur
        fi
    :: else
    fi;
    q = 0; f = 0
}

inline abort_it()
{
    i = 0;
    do
    :: i < PAGES ->
        if
        :: state[i] == USED && born[i] == cur -> free_page(i)
        :: state[i] == PENDING && freed[i] == cur -> state[i] = USED; freed[i] = 0
        :: else
        fi;
        i++
    :: else -> break
    od;
    i = 0
}

/* The state that is committed, behind those that wait. */
inline commit_it()
{
    wait_epoch[waiting] = cur; wait_set[waiting] = 0; i = 0;
    do
    :: i < PAGES ->
        if
        :: state[i] == USED ->
            wait_set[waiting] = wait_set[waiting] | (1 << i);
            wait_value[PAGES * waiting + i] = value(i)
        :: else -> wait_value[PAGES * waiting + i] = 0
        fi;
        i++
    :: else -> break
    od;
    i = 0;
    waiting++;
    last = cur; cur++
}

active proctype writer()
{
    byte n, i, p, q, f;

    d_step {
        state[0] = USED; born[0] = 1; file[0] = 2; pub_value[0] = 2; medium_value[0] = 2; up = 1
    }
    do
    :: cur <= EPOCHS ->
        settle();
        release();
        n = 0;
        do
        :: n < CHANGES ->
            atomic {
                if
                :: p = 0
                :: p = 1
                :: p = 2
                fi;
                change(p);
                p = 0; n++
            }
#if !C2
            atomic {
                if
                :: phase == NONE && last > c -> freeze()
                :: true
                fi
            }
#endif
        :: n > 0 -> break
        od;
        atomic {
            n = 0;
            if
            :: waiting < 2 -> commit_it() /* durable, group: P2 */
            :: waiting < 2 -> /* lazy, none: P1 */
                commit_it();
                do
                :: waiting > 0 -> publish_oldest()
                :: else -> break
                od
            :: abort_it()
            fi
        }
        settle();
        atomic {
            if
            :: phase == NONE && last > c -> freeze()
            :: true
            fi
        }
        release()
    :: else -> break
    od;
    /* Whoever has the turn may still settle. */
    do
    :: phase >= DONE -> settle()
    od
}

/* All that was written is on the medium. */
inline barrier()
{
    d_step {
        dirty[0] = 0; dirty[1] = 0; dirty[2] = 0;
        if
        :: meta_out ->
            medium_set = out_set; medium_value[0] = out_value[0]; medium_value[1] = out_value[1];
            medium_value[2] = out_value[2];
            meta_out = 0; out_set = 0; out_value[0] = 0; out_value[1] = 0; out_value[2] = 0
        :: else
        fi
    }
}

/* I1: what the medium may be asked for is there, whichever meta is found. */
inline check_file()
{
    d_step {
        i = 0;
        do
        :: i < PAGES ->
            assert(!has(medium_set, i) || (file[i] == medium_value[i] && !dirty[i]));
            assert(!meta_out || !has(out_set, i) || (file[i] == out_value[i] && !dirty[i]));
            i++
        :: else -> break
        od;
        i = 0
    }
}

/* Whoever carries the checkpoint on. */
active proctype carrier() provided(up)
{
    byte i;

end:
    do
    :: phase == WRITE ->
        i = 0;
        do
        :: i < PAGES ->
            atomic {
                if
                :: k_frame[i] != 0 && file[i] != body[k_frame[i]] ->
                    /* I1, I2: no state that the medium may hold uses the page */
                    assert(!has(medium_set, i) && !(meta_out && has(out_set, i)));
                    file[i] = body[k_frame[i]]; dirty[i] = 1
                :: else
                fi;
                i++
            }
        :: else -> break
        od;
        i = 0;
        if
        :: phase = FAILED /* C10 */
        :: atomic { /* barrier A, and the meta */
                true;
                if
                :: C6 -> barrier()
                :: else
                fi;
                out_set = k_set; out_value[0] = k_value[0]; out_value[1] = k_value[1];
                out_value[2] = k_value[2]; meta_out = 1;
                phase = META;
                check_file()
            }
        fi
    :: atomic { phase == META && meta_out -> barrier(); check_file(); phase = DONE }
    od
}

/* The log's leader: one state, or all that wait. */
active proctype leader() provided(up)
{
end:
    do
    :: atomic { waiting > 0 ->
            if
            :: true -> publish_oldest()
            :: waiting == 2 -> publish_oldest(); publish_oldest()
            fi
        }
    od
}

active proctype reader() provided(up)
{
    byte t, p, f;

end:
    do
    :: !seen && !parked ->
        atomic { /* the seqlock makes it one step */
            t = pub; seen_set = pub_set;
            seen_value[0] = pub_value[0]; seen_value[1] = pub_value[1]; seen_value[2] = pub_value[2]
        }
        f = grace;
        atomic { pin = t; pin_grace = f; f = 0 }
        atomic {
            if
            :: !R1 || pub == t -> seen = 1
            :: else -> leave()
            fi;
            t = 0
        }
    :: !seen && parked ->
        atomic { /* claimed, if its pin was not taken meanwhile */
            if
            :: parked -> t = 1; parked = !R6
            :: else
            fi
        }
        atomic { /* renewed when the state is not the newest: that is to leave and come again */
            if
            :: t && pub == pin -> seen = 1
            :: else -> leave()
            fi;
            t = 0
        }
    :: seen ->
        /* R3: the table, and later the bytes. I3. */
        atomic {
            if
            :: has(seen_set, 0) -> p = 0
            :: has(seen_set, 1) -> p = 1
            :: has(seen_set, 2) -> p = 2
            :: seen_set == 0 -> p = PAGES
            fi;
            if
            :: p < PAGES -> f = table[p]
            :: else
            fi
        }
        atomic {
            assert(p == PAGES || (f != 0 -> body[f] : file[p]) == seen_value[p]);
            f = 0; p = 0;
            if
            :: leave()
            :: parked = 1; seen = 0
            :: true
            fi
        }
    od
}
