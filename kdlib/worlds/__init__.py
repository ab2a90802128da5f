"""What there is to learn: worlds whose true probabilities are known, and the files their people come in."""
