"""What there is to learn: people whose true probabilities are known, the files they come in, and real digits."""
