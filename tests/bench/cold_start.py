"""What a cold function costs before its first answer: modules, CPU and memory, beside a bare Python's.

    python tests/bench/cold_start.py [ROUNDS]

Both are started in turn, each the given number of times, and the least is told: what else the machine does only adds.
Ends with 1 if the intake takes more than twelve times the CPU of a bare start.
"""

from __future__ import annotations

import resource
import subprocess
import sys

MOST = 12.0
BARE, INTAKE = "pass", "import assises_inbox.intake.wsgi"
_TELL = (
    "import resource, sys; {what}; "
    "print(len(sys.modules), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)"
)


def cpu(code: str) -> float:
    """Return the CPU milliseconds that a fresh interpreter takes for `code`, its start and end included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", code], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000


def told(code: str) -> tuple[str, str]:
    """Return how many modules `code` leaves loaded, and the most memory that it took in MB."""
    command = [sys.executable, "-c", _TELL.format(what=code)]
    modules, memory = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return modules, memory


def main(rounds: int = 20) -> int:
    """Measure, tell, and return the exit code."""
    least = {BARE: float("inf"), INTAKE: float("inf")}
    for _ in range(rounds):
        least = {code: min(before, cpu(code)) for code, before in least.items()}
    for name, code in (("bare Python", BARE), ("the intake", INTAKE)):
        modules, memory = told(code)
        sys.stdout.write(f"{name:12} {least[code]:6.1f} ms CPU  {modules:>4} modules  {memory:>3} MB\n")
    ratio = least[INTAKE] / least[BARE]
    sys.stdout.write(f"{ratio:.1f} times a bare start (at most {MOST:.0f})\n")
    return int(ratio > MOST)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
