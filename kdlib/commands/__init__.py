"""What ``python -m kdlib`` offers."""
