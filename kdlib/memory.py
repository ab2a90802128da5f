"""How much memory there is left, where the system tells."""

from pathlib import Path


def free_memory() -> int | None:
    """Bytes that can be used without swapping, or None where the system does not tell. Not used in a chapter."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        free = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration, ValueError):
        return None
    try:  # a container may be allowed less
        limit, used = (int(Path("/sys/fs/cgroup", name).read_text()) for name in ("memory.max", "memory.current"))
    except (OSError, ValueError):  # ValueError: "max", no limit
        return free
    return max(0, min(free, limit - used))
