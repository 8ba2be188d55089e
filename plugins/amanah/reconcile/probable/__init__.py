"""Probable links: what exact keys left over, linked by all that speaks for and against, each with its probability.

Works on any two tables, or within one: only `traits` says what their columns mean. The parts, in the order in which
they run: `traits` and `reading` (what of a record is compared), `blocking` (which pairs are looked at), `comparison`
(how alike a pair is, in few levels), `estimation` (what each level says, learned without labels), `matching` (who is
whose, one to one) or `clustering` (within one table, who is one), `wording` (why, in an official's words).
`docs/linkage.md` is the account of it for a statistician.
"""
