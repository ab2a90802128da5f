"""Bets: a learner commits to an answer, then the result is uncovered and settles it."""
