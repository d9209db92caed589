/*
 * Acknowledgement (spec 3.4.2, 3.4.3): what a frame says is held is on the disk, wherever a machine stops.
 *
 * Broken on purpose:
 *   -DACKNOWLEDGE_EARLY   what came is acknowledged before it is saved
 *   -DFRAMED_IS_DONE      what was framed once is not framed again
 *   -DCOUNT_ONLY          a frame says how many events are held instead of which
 */
#include "line.pml"

#define EVENTS 2
#define ALL ((1 << EVENTS) - 1)

typedef Frame {
    bit there;
    byte events;                    /* a bit for each event of the sender's */
    byte held                       /* a bit for each event of the receiver's that the sender holds */
}

Frame net[2 * SLOTS];               /* SLOTS for side 0, then SLOTS for side 1 */

byte own[2];                        /* on the disk: what was said, a bit for each event */
byte held[2];                       /* on the disk: what is held of the other's */
byte theirs[2];                     /* on the disk: what the other is known to hold of ours */
byte framed[2];                     /* on the disk: what ever went out */
byte heard[2];                      /* in memory: what has come, saved or not */
bit owes[2];

#define waiting(s) (own[s] & ~theirs[s])

#ifdef FRAMED_IS_DONE
#define outgoing(s) (own[s] & ~theirs[s] & ~framed[s])
#else
#define outgoing(s) waiting(s)
#endif

#ifdef COUNT_ONLY
/* the number of bits, read as if they were the first ones */
#define said_held(s) ((heard[s] == 2) -> 1 : heard[s])
#else
#define said_held(s) heard[s]
#endif

#define done(s) (theirs[s] == own[s] && held[OTHER(s)] == own[s])

/* Somebody believes an event delivered that the other would not have after a crash. */
#define untrue(s) ((theirs[s] & ~held[OTHER(s)]) != 0)

#ifdef SPEAKER
#define speaks(s) ((s) == SPEAKER)
#else
#define speaks(s) true
#endif

inline say(s) {
    speaks(s) && own[s] != ALL -> own[s] = (own[s] << 1) | 1
}

inline put(s, i, what) {
    net[OTHER(s) * SLOTS + i].there = 1;
    net[OTHER(s) * SLOTS + i].events = what;
    net[OTHER(s) * SLOTS + i].held = said_held(s);
    framed[s] = framed[s] | what;
    owes[s] = 0
}

/* Frames may carry all that is wanted, or a part of it: what fits. */
inline send(s, i) {
    if
    :: put(s, i, outgoing(s))
    :: outgoing(s) == 3 -> put(s, i, 1)
    :: outgoing(s) == 3 -> put(s, i, 2)
    fi
}

inline save(s) {
    held[s] = heard[s]
}

inline take(s, events_, held_) {
    heard[s] = heard[s] | events_;
    theirs[s] = theirs[s] | (held_ & own[s]);
    owes[s] = owes[s] | (events_ != 0);
#ifndef ACKNOWLEDGE_EARLY
    save(s);                        /* the same transaction */
#endif
    skip
}

inline receive(s, i) {
    net[s * SLOTS + i].there -> take(s, net[s * SLOTS + i].events, net[s * SLOTS + i].held)
}

inline stop_dead(s) {
    heard[s] = held[s]
}

inline storm(s) {
    if
    :: say(s)
    :: send(s, 0)
    :: send(s, SLOTS - 1)
    :: receive(s, 0)
    :: receive(s, SLOTS - 1)
    :: save(s)
    :: stop_dead(s)
    fi;
    assert(!untrue(0) && !untrue(1))
}

#define wants(s) (waiting(s) != 0 || owes[s])

inline speak(s) {
    CALM_STEP(s);
    framed[s] = framed[s] | outgoing(s);
    owes[s] = 0;
    take(OTHER(s), outgoing(s), said_held(s));
    save(OTHER(s))
}

active proctype world() {
    do
    :: atomic { storm(0) }
    :: atomic { storm(1) }
    :: atomic {
           calm = 1;
           /* every machine is started once more, and what was on its way is lost */
           stop_dead(0);
           stop_dead(1);
           byte i;
           for (i : 0 .. 2 * SLOTS - 1) {
               net[i].there = 0; net[i].events = 0; net[i].held = 0
           }
           i = 0
       } -> break
    od;
    do
    :: atomic { done(0) && done(1) -> break }
    :: atomic { may_speak(0) && !(done(0) && done(1)) -> speak(0) }
    :: atomic { may_speak(1) && !(done(0) && done(1)) -> speak(1) }
    od;
    assert(held[0] == own[1] && held[1] == own[0])
}

/* Once the storm is over, everything that was said is held. */
ltl delivered { [] (calm -> <> (held[0] == own[1] && held[1] == own[0])) }
