"""The one text: versions, comments, and a final yes or no from each (spec 10.6)."""

from __future__ import annotations

from dataclasses import replace

from backchannel.table.acts import CommentText, DecideText, ProposeText
from backchannel.table.model import Comment, Draft, Reason, Trace
from backchannel.table.working import Refusal, Working


def propose(work: Working, trace: Trace, act: ProposeText) -> Refusal | None:
    """Take a version. Two that take the place of the same one were written side by side, and both stay."""
    for base in act.bases:
        draft = work.drafts.get(base)
        if draft is None or not trace.knew(draft.trace):
            return Refusal(Reason.UNKNOWN_TEXT)
    work.own("drafts", "heads")
    for base in act.bases:
        draft = work.drafts[base]
        work.drafts[base] = replace(draft, successors=(*draft.successors, trace.id))
        if base in work.heads:
            work.heads.remove(base)
    work.drafts[trace.id] = Draft(trace, act, len(work.drafts) + 1)
    work.heads.append(trace.id)
    return None


def comment(work: Working, trace: Trace, act: CommentText) -> Refusal | None:
    """Take a comment."""
    draft = work.drafts.get(act.version)
    if draft is None or not trace.knew(draft.trace):
        return Refusal(Reason.UNKNOWN_TEXT)
    if all(clause.id != act.clause for clause in draft.text.clauses):
        return Refusal(Reason.UNKNOWN_CLAUSE)
    work.own("comments")
    work.comments.append(Comment(trace, act.version, act.clause, act.text))
    return None


def decide_text(work: Working, trace: Trace, act: DecideText) -> Refusal | None:
    """Take a final word; with two times yes the version is agreed."""
    draft = work.drafts.get(act.version)
    if draft is None or not trace.knew(draft.trace):
        return Refusal(Reason.UNKNOWN_TEXT)
    if trace.author in draft.words:
        return Refusal(Reason.DECIDED)
    if act.yes and draft.bracketed:
        return Refusal(Reason.BRACKETS)
    if any(trace.knew(work.drafts[one].trace) for one in draft.successors):
        return Refusal(Reason.OLD_TEXT)
    work.own("drafts")
    draft = replace(draft, words={**draft.words, trace.author: (trace, act.yes)})
    work.drafts[act.version] = draft
    if draft.agreed:
        # It takes the place of what its author knew to be agreed; what it did not know crossed, and stands beside it.
        beside = [one for one in work.texts if not _knew_agreed(draft.trace, work.drafts[one])]
        work.own("texts")
        work.texts = [*beside, act.version]
    return None


def _knew_agreed(trace: Trace, draft: Draft) -> bool:
    return all(trace.knew(word) for word, _ in draft.words.values())
