"""What the learner's cells call: the bank of known mistakes, checks that name the one that was made, hints."""
