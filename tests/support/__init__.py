"""What several tests, and the benchmarks, share."""
