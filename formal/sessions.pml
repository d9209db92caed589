/*
 * Renewal and silence (spec 3.3): one side may talk for as long as it likes while nobody hears it, and when the other
 * comes back it can open what is said next.
 *
 * The numbers of 3.3.6 are scaled down: renew after 2 frames unheard, be silenced at 3, never pass 4; Olm follows a
 * gap of 4 and not of 5. A chain never begins anew in this model, so gaps here are at least as large as in life.
 *
 * Broken on purpose:
 *   -DNO_LIMIT        a silenced side goes on talking
 *   -DNO_LAST_WORDS   a silenced side says nothing
 *   -DNEVER_OWED      a repetition of what was opened before is not answered
 *   -DOWN_FIRST       each side writes on the session that it started itself, and keeps only the one it writes on
 */
#include "line.pml"

#define RENEW 2
#define SILENCE 3
#define HARD 4
#define GAP 4

#ifndef KEPT
#define KEPT 2
#endif
#ifndef FLOOD
#define FLOOD 8                     /* frames that side 0 seals in the storm, at most */
#endif
#ifndef TRICKLE
#define TRICKLE 2                   /* frames that side 1 seals in the storm, at most */
#endif

/* Session 0 is that of the handshake; 1 + 2 * (generation - 1) + s is of a later generation, started by side s. */
#define SESSIONS 5
#define ID(generation, s) (1 + 2 * ((generation) - 1) + (s))
#define GENERATION(id) (((id) + 1) / 2)
#define STARTER(id) (((id) + 1) % 2)

typedef Frame {
    bit there;
    bit again;
    byte session;
    byte place;
    byte sequence;
    byte heard;
    bit event;
    bit held
}

Frame net[2];                       /* one for each side: reordering of Olm's messages is Olm's matter */
Frame last[2];                      /* the last words of each side */

byte has[2];                        /* a bit for each session held */
byte writes[2];                     /* the session that is written on */
byte out[2 * SESSIONS];             /* messages sealed on each session */
byte in[2 * SESSIONS];              /* the next place to be opened on each session */
byte first[2];                      /* the first sequence of the session that is written on */
byte sequence[2];
byte heard[2];
byte heard_by_peer[2];
byte reserve[2];                    /* the other's one-time keys that are left */
byte spent[2];                      /* a bit for each session that used up a key of ours */
bit own[2];
bit held[2];
bit theirs[2];
bit owes[2];

#define max(a, b) ((a) > (b) -> (a) : (b))
#define floor_of(s) (heard_by_peer[s] > first[s] - 1 -> heard_by_peer[s] : first[s] - 1)
#define unheard(s) (sequence[s] - floor_of(s))
#define HAS(s, id) (has[s] & (1 << (id)))

#ifdef NO_LIMIT
#define silenced(s) false
#else
#define silenced(s) (reserve[s] == 0 && unheard(s) >= SILENCE && (last[s].there || unheard(s) >= HARD))
#endif

/* 3.3.2: the higher generation first, then the lower tag; the tags of the second generation are the other way round */
#define before(a, b) (GENERATION(a) > GENERATION(b) \
                      || (GENERATION(a) == GENERATION(b) && (a < b) == (GENERATION(a) == 1)))

byte k;
byte worst;
byte count;

inline add(s, id_) {
    has[s] = has[s] | (1 << (id_));
#ifdef OWN_FIRST
    if
    :: STARTER(id_) == s || writes[s] == 0 -> writes[s] = id_; first[s] = sequence[s] + 1
    :: else
    fi;
    has[s] = 1 << writes[s];
#else
    if
    :: before(id_, writes[s]) -> writes[s] = id_; first[s] = sequence[s] + 1
    :: else
    fi;
    count = 0;
    worst = writes[s];
    for (k : 0 .. SESSIONS - 1) {
        if
        :: HAS(s, k) ->
           count++;
           if
           :: before(worst, k) -> worst = k
           :: else
           fi
        :: else
        fi
    }
    if
    :: count > KEPT -> has[s] = has[s] & ~(1 << worst)
    :: else
    fi;
#endif
    k = 0;
    worst = 0;
    count = 0
}

inline copy(to, from) {
    to.there = 1;
    to.again = from.again;
    to.session = from.session;
    to.place = from.place;
    to.sequence = from.sequence;
    to.heard = from.heard;
    to.event = from.event;
    to.held = from.held
}

inline clear(frame) {
    frame.there = 0; frame.again = 0; frame.session = 0; frame.place = 0; frame.sequence = 0; frame.heard = 0;
    frame.event = 0; frame.held = 0
}

inline renew(s) {
    if
    :: unheard(s) >= RENEW && reserve[s] > 0 ->
       reserve[s]--;
       add(s, ID(GENERATION(writes[s]) + 1, s))
    :: else
    fi
}

/* Into the other's slot: a new frame, or the last words once more. */
inline speak_or_repeat(s) {
    renew(s);
    if
    :: silenced(s) && last[s].there ->
       copy(net[OTHER(s)], last[s]);
       net[OTHER(s)].again = 1
    :: silenced(s) && !last[s].there
    :: !silenced(s) ->
       net[OTHER(s)].there = 1;
       net[OTHER(s)].again = 0;
       net[OTHER(s)].session = writes[s];
       net[OTHER(s)].place = out[s * SESSIONS + writes[s]];
       net[OTHER(s)].heard = heard[s];
       net[OTHER(s)].event = own[s] && !theirs[s];
       net[OTHER(s)].held = held[s];
       out[s * SESSIONS + writes[s]]++;
       sequence[s]++;
       net[OTHER(s)].sequence = sequence[s];
#ifndef NO_LAST_WORDS
       if
       :: unheard(s) >= SILENCE -> copy(last[s], net[OTHER(s)])
       :: else
       fi
#endif
    fi;
    owes[s] = 0
}

inline stale(s) {
#ifndef NEVER_OWED
    owes[s] = owes[s] || net[s].again
#else
    skip
#endif
}

#define PLACE(s) net[s].place
#define NEXT(s) in[s * SESSIONS + net[s].session]

/* 3.3.1: the one-time key is still there */
#define startable(s) (!HAS(s, net[s].session) && STARTER(net[s].session) == OTHER(s) && net[s].session != 0 \
                      && !(spent[s] & (1 << net[s].session)))

inline receive(s) {
    if
    :: startable(s) ->
       spent[s] = spent[s] | (1 << net[s].session);
       add(s, net[s].session)
    :: else
    fi;
    if
    :: HAS(s, net[s].session) && PLACE(s) >= NEXT(s) && PLACE(s) - NEXT(s) <= GAP ->
       NEXT(s) = PLACE(s) + 1;
       if
       :: net[s].sequence > heard[s] -> heard[s] = net[s].sequence
       :: else
       fi;
       assert(net[s].heard <= sequence[s]);
       if
       :: net[s].heard > heard_by_peer[s] ->
          heard_by_peer[s] = net[s].heard;
          if
          :: unheard(s) < SILENCE -> clear(last[s])
          :: else
          fi
       :: else
       fi;
       theirs[s] = theirs[s] || (net[s].held && own[s]);
       owes[s] = owes[s] || net[s].event || net[s].again;
       held[s] = held[s] || net[s].event
    :: else -> stale(s)
    fi
}

#define bound(s) ((s) == 0 -> FLOOD : TRICKLE)

inline storm(s) {
    if
    :: !own[s] -> own[s] = 1
    :: sequence[s] < bound(s) -> speak_or_repeat(s)
    :: net[s].there -> receive(s)
    :: net[s].there -> clear(net[s])
    fi
}

#define wants(s) ((own[s] && !theirs[s]) || owes[s])
#define done (held[0] == own[1] && held[1] == own[0] && theirs[0] == own[0] && theirs[1] == own[1])

inline speak(s) {
    CALM_STEP(s);
    clear(net[OTHER(s)]);
    speak_or_repeat(s);
    if
    :: net[OTHER(s)].there -> receive(OTHER(s))
    :: else
    fi;
    clear(net[OTHER(s)])
}

active proctype world() {
    has[0] = 1;
    has[1] = 1;
    first[0] = 1;
    first[1] = 1;
    reserve[0] = 1;
    reserve[1] = 1;
    do
    :: atomic { storm(0) }
    :: atomic { storm(1) }
    :: atomic {
           calm = 1;
           clear(net[0]);
           clear(net[1])
       } -> break
    od;
    do
    :: atomic { done -> break }
    :: atomic { !done && may_speak(0) -> speak(0) }
    :: atomic { !done && may_speak(1) -> speak(1) }
    od
}

ltl delivered { [] (calm -> <> done) }
