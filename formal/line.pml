/*
 * What all models of the line share: two sides, a network that does its worst, and a calm in which all must come right.
 *
 * In the storm the network holds SLOTS envelopes for each side. An envelope may be delivered from any slot (they come
 * out of order), again and again (they are doubled and replayed), or be written over before it was (they are lost).
 * At any moment the storm may end, and whatever was on its way is lost. Then each side says only what the protocol
 * makes it say, everything arrives, and both must come to the end. Where nobody has anything to say before that, the
 * model is in an invalid end state, which is a deadlock of the protocol.
 *
 * Each model is one process: which side does what next is its choice at every step.
 */
#ifndef SLOTS
#define SLOTS 2
#endif

#define OTHER(s) (1 - (s))

bit calm;
byte calm_steps;
bit turn;                           /* in the calm, who has waited for longer */

/* In the calm nobody talks over the other: that is all the fairness that is asked for. */
#define may_speak(s) (wants(s) && (turn == s || !wants(OTHER(s))))

/* The calm comes to an end. */
#define CALM_STEP(s) calm_steps++; assert(calm_steps < 60); turn = OTHER(s)
