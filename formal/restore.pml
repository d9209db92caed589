/*
 * Restore: a vault goes on from an old backup, and no key of the lost device is used again.
 *
 * A backup holds the log and none of the keys. A restored side posts an invitation at the line's rendezvous; the other
 * requests, it replies, and both are open under a key that neither had before. The other gives back what the backup
 * did not hold; what it did hold and was not delivered goes out under its old id. Where both are restored, the
 * invitation with the lower hash wins. Each side is restored at most once.
 *
 * What is posted at the rendezvous stays there and may be read at any time, also much later: bits that are only ever
 * set. Frames travel as line.pml says. The event of a side is one number of its feed; what is said there after a
 * restore is another event under the same number, so that a fork would be seen.
 *
 * Broken on purpose:
 *   -DKEEP_KEYS       the backup holds the keys, and the restored side goes on with them
 *   -DSAME_KEY        the restored side makes a new line of the keys it knows, where it should make fresh ones
 *   -DSPEAK_EARLY     a restored side says new things before it was given back the old ones
 *   -DOLD_FRAMES      frames of the lost device are still taken after the new line is open
 *   -DDROP_PENDING    what the backup holds counts as delivered
 *   -DNO_TIEBREAK     a restored side never takes the other's invitation
 *   -DANSWER_ALWAYS   an invitation is answered also by a side that is open again
 *   -DFORGET_REQUEST  whoever answers a request drops its own
 */
#include "line.pml"

#define NO_KEY 7
#define FIRST 0                     /* of the first handshake; the others are 2 to 5 */
#define MADE_BY(inviter, incarnation) (2 + 2 * (inviter) + (incarnation)) /* of the joiner */

#define NOTHING 0

typedef Frame {
    bit there;
    byte key;
    byte events                     /* of both feeds, two bits each, as the sender holds them */
}

Frame net[2 * SLOTS];

#define lower 0                     /* whose invitation has the lower hash: the sides differ in nothing else */

byte key[2];                        /* what is sealed and opened with; NO_KEY after a restore */
byte old_key[2];
bit restored[2];                    /* which incarnation this is */
byte log_[4];                       /* of side 0: feed 0, feed 1; of side 1: feed 0, feed 1 */
bit settled[2];                     /* what was lost has been given back: new things may be said */
bit joining[2];                     /* requests the other's invitation */
bit handled[2];                     /* the other's invitation is done with */
byte owes_reply[2];                 /* the key of a request that was answered, until a frame is opened under it */

bit backed_up[2];
byte backup[4];
byte backup_key[2];
byte backup_sealed[2];

bit invitation[2];
bit request[6];                     /* by the key that it would make */
bit reply[6];

/* What only the model knows. */
byte sealed[2];                     /* the place in the key's chain: how often it was sealed with */
byte used[2 * 6];                   /* a bit for each place that was ever used, by side and key */
byte dead[2];                       /* a bit for each key that a lost device had */

#define LOG(s, feed) log_[2 * (s) + (feed)]
#define HELD(s) (LOG(s, 0) | (LOG(s, 1) << 2))
#define JOINED(s) MADE_BY(OTHER(s), restored[s])

#ifndef MOST_SEALED
#define MOST_SEALED 2               /* times with one key, in the storm */
#endif

#define equal (HELD(0) == HELD(1))
#define done (key[0] == key[1] && key[0] != NO_KEY && equal && settled[0] && settled[1])

/* --- what a person does, and what happens to one --- */

#ifdef SPEAKER
#define speaks(s) ((s) == SPEAKER)
#else
#define speaks(s) true
#endif

#ifdef SPEAK_EARLY
#define may_say(s) true
#else
#define may_say(s) settled[s]
#endif

inline say(s) {
    speaks(s) && LOG(s, s) == NOTHING && may_say(s) -> LOG(s, s) = 1 + restored[s]
}

inline back_up(s) {
    !restored[s] ->
    backed_up[s] = 1;
    backup[2 * (s)] = LOG(s, 0);
    backup[2 * (s) + 1] = LOG(s, 1);
#ifdef KEEP_KEYS
    backup_key[s] = key[s];
    backup_sealed[s] = sealed[s];
#endif
    skip
}

inline lose_device(s) {
    backed_up[s] && !restored[s] ->
    restored[s] = 1;
    LOG(s, 0) = backup[2 * (s)];
    LOG(s, 1) = backup[2 * (s) + 1];
    if
    :: key[s] != NO_KEY -> dead[s] = dead[s] | (1 << key[s])
    :: else
    fi;
    old_key[s] = NO_KEY;
    joining[s] = 0;
    handled[s] = 0;
    owes_reply[s] = NOTHING;
#ifdef KEEP_KEYS
    key[s] = backup_key[s];
    sealed[s] = backup_sealed[s];
#else
    key[s] = NO_KEY;
    sealed[s] = 0;
    settled[s] = 0;
#endif
    /* the backup has done its work */
    backed_up[s] = 0;
    backup[2 * (s)] = 0;
    backup[2 * (s) + 1] = 0
}

/* --- the rendezvous --- */

inline post(s) {
    if
    :: key[s] == NO_KEY && !invitation[s] -> invitation[s] = 1
    :: joining[s] && !request[JOINED(s)] -> request[JOINED(s)] = 1
    :: owes_reply[s] != NOTHING && !reply[owes_reply[s]] -> reply[owes_reply[s]] = 1
    fi
}

inline see_invitation(s) {
#ifdef NO_TIEBREAK
    invitation[OTHER(s)] && !handled[s] && !joining[s] && key[s] != NO_KEY -> joining[s] = 1
#else
    invitation[OTHER(s)] && !handled[s] && !joining[s] && (key[s] != NO_KEY || lower == OTHER(s)) -> joining[s] = 1
#endif
}

inline open_line(s, k) {
#ifdef OLD_FRAMES
    old_key[s] = key[s];
#endif
#ifdef SAME_KEY
    key[s] = (restored[s] -> FIRST : k);
#else
    key[s] = k;
#endif
    sealed[s] = 0
}

#ifdef ANSWER_ALWAYS
#define may_answer(s) (restored[s] && owes_reply[s] == NOTHING)
#else
#define may_answer(s) (restored[s] && key[s] == NO_KEY)
#endif

/* A request names the requester's own invitation, if it has one: that is then done with. */
inline see_request(s, incarnation) {
    may_answer(s) && request[MADE_BY(s, incarnation)] ->
    open_line(s, MADE_BY(s, incarnation));
    owes_reply[s] = MADE_BY(s, incarnation);
#ifdef FORGET_REQUEST
    joining[s] = 0;
#endif
    if
    :: incarnation == 1 -> handled[s] = 1; joining[s] = 0
    :: else
    fi
}

inline see_reply(s) {
    joining[s] && reply[JOINED(s)] ->
    open_line(s, JOINED(s));
    joining[s] = 0;
    handled[s] = 1;
    owes_reply[s] = NOTHING
}

/* --- frames --- */

#ifdef DROP_PENDING
/* of its own feed a restored side says nothing but what it has said since */
#define delivered(s) ((restored[s] && LOG(s, s) == 1) * (3 << (2 * (s))))
#define outgoing(s) (HELD(s) & ~delivered(s))
#else
#define outgoing(s) HELD(s)
#endif

#ifdef KEEP_KEYS
#define seals(s) skip               /* it is the nonce that must be found */
#else
#define seals(s) assert(!(dead[s] & (1 << key[s])))                 /* no key of a lost device */
#endif

inline seal(s) {
    seals(s);
    assert(!(used[6 * (s) + key[s]] & (1 << sealed[s])));           /* no key and nonce twice */
    used[6 * (s) + key[s]] = used[6 * (s) + key[s]] | (1 << sealed[s]);
    sealed[s]++
}

inline send(s, i) {
    key[s] != NO_KEY && sealed[s] < MOST_SEALED ->
    seal(s);
    net[OTHER(s) * SLOTS + i].there = 1;
    net[OTHER(s) * SLOTS + i].key = key[s];
    net[OTHER(s) * SLOTS + i].events = outgoing(s)
}

inline hold(s, feed, x_) {
    assert(x_ == NOTHING || LOG(s, feed) == NOTHING || LOG(s, feed) == x_);             /* no fork */
    LOG(s, feed) = LOG(s, feed) | x_
}

inline take(s, events_) {
    hold(s, 0, (events_ & 3));
    hold(s, 1, ((events_ >> 2) & 3));
    settled[s] = 1;
    owes_reply[s] = NOTHING
}

#ifdef OLD_FRAMES
#define opens(s, k) (key[s] != NO_KEY && (k == key[s] || k == old_key[s]))
#else
#define opens(s, k) (key[s] != NO_KEY && k == key[s])
#endif

inline receive(s, i) {
    net[s * SLOTS + i].there && opens(s, net[s * SLOTS + i].key) -> take(s, net[s * SLOTS + i].events)
}

inline storm(s) {
    if
    :: say(s)
    :: back_up(s)
    :: lose_device(s)
    :: post(s)
    :: see_invitation(s)
    :: see_request(s, 0)
    :: see_request(s, 1)
    :: see_reply(s)
    :: send(s, 0)
    :: send(s, SLOTS - 1)
    :: receive(s, 0)
    :: receive(s, SLOTS - 1)
    fi
}

/* In the calm a side speaks while the other may lack something, and both look at the rendezvous. */
#define wants(s) (key[s] != NO_KEY && key[0] == key[1] \
                  && (!settled[OTHER(s)] || (HELD(OTHER(s)) | outgoing(s)) != HELD(OTHER(s))))

inline speak(s) {
    CALM_STEP(s);
    seals(s);
    take(OTHER(s), outgoing(s))
}

inline look(s) {
    if
    :: post(s)
    :: see_invitation(s)
    :: see_request(s, 0)
    :: see_request(s, 1)
    :: see_reply(s)
    fi;
    calm_steps++;
    assert(calm_steps < 60)
}

active proctype world() {
    old_key[0] = NO_KEY;
    old_key[1] = NO_KEY;
    settled[0] = 1;
    settled[1] = 1;
    do
    :: atomic { storm(0) }
    :: atomic { storm(1) }
    :: atomic {
           calm = 1;
           byte i;
           for (i : 0 .. 2 * SLOTS - 1) {
               net[i].there = 0; net[i].key = 0; net[i].events = 0
           }
           for (i : 0 .. 5) {
               request[i] = 0; reply[i] = 0
           }
           for (i : 0 .. 11) { used[i] = 0 }
           i = 0;
           invitation[0] = 0;
           invitation[1] = 0;
           sealed[0] = 0;
           sealed[1] = 0
       } -> break
    od;
    do
    :: atomic { done -> break }
    :: atomic { !done && may_speak(0) -> speak(0) }
    :: atomic { !done && may_speak(1) -> speak(1) }
    :: atomic { look(0) }
    :: atomic { look(1) }
    od;
    assert(equal)
}

ltl restored_whole { [] (calm -> <> done) }
