/*
 * Epochs (spec 3.2): both sides step to the next root together, whatever is lost; no event goes with a root.
 *
 * A root is named by whose proposal it came from: a side proposes each epoch at most once. Control numbers are those
 * of 3.2.2 and 3.2.3, one above the epoch that the frame is sealed under.
 *
 * Broken on purpose:
 *   -DNO_TIEBREAK     of two proposals that crossed both are answered
 *   -DMOVE_EARLY      who answers writes the next epoch before the other is heard in it
 *   -DFORGET_EARLY    an epoch is forgotten when the next is known
 *   -DDROP_PENDING    what is unacknowledged is dropped at a step
 */
#include "line.pml"

#ifndef LAST
#define LAST 3                      /* the last epoch; at most three are alive, so the first one is forgotten */
#endif

#define NONE 0
#define FIRST 3                     /* the root of the handshake; 1 and 2 are proposals of side 0 and 1 */
#define BY(s) ((s) + 1)

#define SETTLED 0
#define PROPOSED 1
#define ANSWERED 2

typedef Frame {
    bit there;
    byte epoch;
    byte root;
    byte step;
    bit event;
    bit held;
    bit own
}

Frame net[2 * SLOTS];

byte root[2 * (LAST + 1)];          /* of side 0, then of side 1 */
byte writing[2];
byte reading[2];
byte step[2];
bit own[2];                         /* one event each */
bit held[2];
bit theirs[2];
bit claimed[2];
bit owes[2];

byte at;                            /* the epoch of the frame that is taken, and the one after it */
byte next;

#define ROOT(s, e) root[(s) * (LAST + 1) + (e)]
#define wants(s) ((own[s] && !theirs[s]) || step[s] != SETTLED || owes[s])
#define done (held[0] == own[1] && held[1] == own[0] && theirs[0] == own[0] && theirs[1] == own[1] \
              && step[0] == SETTLED && step[1] == SETTLED && writing[0] == writing[1])

inline fill(i_, s, controls) {
    net[i_].epoch = writing[s];
    net[i_].root = ROOT(s, writing[s]);
    net[i_].step = (controls -> step[s] : SETTLED);
    net[i_].event = own[s] && !theirs[s];
    net[i_].held = held[s];
    net[i_].own = own[s];
    owes[s] = 0
}

inline send(s, i) {
    net[OTHER(s) * SLOTS + i].there = 1;
    if
    :: fill(OTHER(s) * SLOTS + i, s, true)
    :: step[s] == PROPOSED -> fill(OTHER(s) * SLOTS + i, s, false)
    fi
}

inline propose(s) {
    step[s] == SETTLED && reading[s] == writing[s] && writing[s] < LAST -> step[s] = PROPOSED
}

/* 3.2.7: at most three are alive */
inline add_root(s, e, by) {
    assert(ROOT(s, e) == NONE);
    ROOT(s, e) = by;
    if
    :: e >= 3 -> ROOT(s, e - 3) = NONE
    :: else
    fi;
#ifdef FORGET_EARLY
    ROOT(s, e - 1) = NONE;
#endif
#ifdef DROP_PENDING
    theirs[s] = own[s];
#endif
    skip
}

/* 3.2.5 */
inline hear(s) {
    if
    :: at > reading[s] ->
       reading[s] = at;
       if
       :: at > writing[s] -> writing[s] = at; step[s] = SETTLED
       :: else
       fi
    :: else
    fi
}

/* 3.2.6: the inviter's proposal stands */
#ifdef NO_TIEBREAK
#define stands(s) false
#else
#define stands(s) (step[s] == PROPOSED && (s) == 0)
#endif

/* 3.2.3 */
inline take_proposal(s) {
    if
    :: next <= writing[s]
    :: next > writing[s] + 1 -> assert(false)          /* the peer misbehaves, and it does not */
    :: next == writing[s] + 1 && step[s] == ANSWERED   /* the same once more */
    :: next == writing[s] + 1 && stands(s)
    :: next == writing[s] + 1 && step[s] != ANSWERED && !stands(s) ->
       add_root(s, next, BY(OTHER(s)));
       step[s] = ANSWERED;
#ifdef MOVE_EARLY
       writing[s] = next;
       reading[s] = next;
       step[s] = SETTLED;
#endif
       skip
    fi
}

/* 3.2.4 */
inline take_answer(s) {
    if
    :: next <= writing[s] || step[s] != PROPOSED
    :: next > writing[s] && step[s] == PROPOSED ->
       assert(next == writing[s] + 1);
       add_root(s, next, BY(s));
       writing[s] = next;
       step[s] = SETTLED
    fi
}

inline forget(s) {
    byte oldest = (reading[s] < writing[s] -> reading[s] : writing[s]);
    byte e;
    for (e : 0 .. LAST) {
        if
        :: e < oldest && (!claimed[s] || held[s]) -> ROOT(s, e) = NONE
        :: else
        fi
    }
    e = 0;
    oldest = 0
}

inline take(s, i_) {
    if
    :: ROOT(s, net[i_].epoch) == NONE                     /* not for us */
    :: ROOT(s, net[i_].epoch) != NONE ->
       assert(ROOT(s, net[i_].epoch) == net[i_].root);          /* one number never names two roots */
       at = net[i_].epoch;
       next = at + 1;
       hear(s);
       if
       :: net[i_].step == PROPOSED -> take_proposal(s)
       :: net[i_].step == ANSWERED -> take_answer(s)
       :: else
       fi;
       held[s] = held[s] || net[i_].event;
       claimed[s] = claimed[s] || net[i_].own;
       theirs[s] = theirs[s] || (net[i_].held && own[s]);
       owes[s] = owes[s] || net[i_].event || net[i_].step != SETTLED;
       forget(s);
       at = 0;
       next = 0
    fi
}

#ifdef SPEAKER
#define speaks(s) ((s) == SPEAKER)
#else
#define speaks(s) true
#endif

inline storm(s) {
    if
    :: speaks(s) && !own[s] -> own[s] = 1
    :: propose(s)
    :: send(s, 0)
    :: send(s, SLOTS - 1)
    :: net[s * SLOTS].there -> take(s, s * SLOTS)
    :: net[s * SLOTS + SLOTS - 1].there -> take(s, s * SLOTS + SLOTS - 1)
    fi;
    assert(ROOT(s, writing[s]) != NONE)             /* it can always seal */
}

inline clear(i_) {
    net[i_].there = 0; net[i_].epoch = 0; net[i_].root = 0; net[i_].step = 0; net[i_].event = 0; net[i_].held = 0; net[i_].own = 0
}

inline speak(s) {
    CALM_STEP(s);
    fill(OTHER(s) * SLOTS, s, true);
    take(OTHER(s), OTHER(s) * SLOTS);
    clear(OTHER(s) * SLOTS)
}

active proctype world() {
    ROOT(0, 0) = FIRST;
    ROOT(1, 0) = FIRST;
    do
    :: atomic { storm(0) }
    :: atomic { storm(1) }
    :: atomic {
           calm = 1;
           byte i;
           for (i : 0 .. 2 * SLOTS - 1) { clear(i) }
           i = 0
       } -> break
    od;
    do
    :: atomic { done -> break }
    :: atomic { !done && may_speak(0) -> speak(0) }
    :: atomic { !done && may_speak(1) -> speak(1) }
    od;
    assert(held[0] == own[1] && held[1] == own[0])
}

ltl delivered { [] (calm -> <> done) }
