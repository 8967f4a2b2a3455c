"""A real systemd in namespaces of its own: what is written to /etc, /var and /run there, nobody else ever sees."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from served import REPOSITORY

SYSTEMD = Path("/lib/systemd/systemd")

_BEGIN = """set -e
mount --make-rprivate /
for place in etc var; do
    mkdir -p "$1/$place/upper" "$1/$place/work"
done
mount -t tmpfs tmpfs "$1/layers"
for place in etc var; do
    mkdir -p "$1/layers/$place/upper" "$1/layers/$place/work"
    mount -t overlay overlay -o "lowerdir=/$place,upperdir=$1/layers/$place/upper,workdir=$1/layers/$place/work" "/$place"
done
mount -t tmpfs tmpfs /run
mkdir -p /run/lock
mount -t tmpfs tmpfs /opt
mkdir -p /opt/code /opt/packages /opt/python
mount --bind "$2" /opt/code
mount --bind "$3" /opt/packages
mount --bind "$4" /opt/python
mount -t tmpfs tmpfs /srv
mkdir /srv/room
mount --bind "$1" /srv/room
mount -t tmpfs tmpfs /tmp
rm -rf /etc/systemd/system/*.wants /var/lib/systemd/linger
printf '[Unit]\\nDescription=A room\\n' >/etc/systemd/system/room.target
echo '127.0.0.1 localhost assises.test' >/etc/hosts
echo /opt/python/lib >/etc/ld.so.conf.d/0-room.conf
ldconfig
ip link set lo up
# As where systemd begins the machine: what its helpers mount, everybody sees.
mount --make-rshared /
exec env -i container=room PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --unit=room.target --show-status=0
"""


@dataclass(frozen=True)
class Room:
    """Where commands are given."""

    number: int
    """Of the systemd that runs there."""

    def __call__(self, *command: str, user: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command there, and return how it ended."""
        enter = ["nsenter", "--all", "--target", str(self.number), "--wd=/srv"]
        whose = ["setpriv", "--reuid", user, "--regid", user, "--init-groups"] if user else []
        told = {
            "PATH": "/opt/assises/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": "/srv",
            "ASSISES_LANGUAGE": "en",
        }
        return subprocess.run(
            [*enter, *whose, *command], env={**told, **variables}, capture_output=True, text=True, timeout=170, check=False
        )  # fmt: skip


@contextmanager
def systemd_room(folder: Path) -> Iterator[Room | None]:
    """Yield a room in which Assises is installed below /opt, and `folder` is /srv/room; None: it cannot be had here."""
    if (
        os.geteuid()
        or not SYSTEMD.exists()
        or not all(map(shutil.which, ("unshare", "nsenter", "setpriv", "ip")))
    ):
        yield None
        return
    (folder / "layers").mkdir()
    begin = folder / "begin"
    begin.write_text(_BEGIN, encoding="utf-8")
    apart = [
        "unshare",
        "--pid",
        "--fork",
        "--mount",
        "--ipc",
        "--uts",
        "--net",
        "--cgroup",
        "--mount-proc",
        "--kill-child",
    ]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*apart, "bash", str(begin), str(folder), str(REPOSITORY), sysconfig.get_path("purelib"), sys.base_prefix],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        room = _ready(process)
        if room:
            _install(room)
        yield room
    finally:
        process.kill()
        process.wait(30)


def _ready(process: subprocess.Popen[bytes]) -> Room | None:
    """Return the room once its systemd takes orders."""
    for _ in range(400):
        if process.poll() is not None:
            return None
        children = (
            Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="ascii").split()
        )
        if children:
            room = Room(int(children[0]))
            if room("systemctl", "is-active", "room.target").stdout.strip() == "active":
                return room
        time.sleep(0.05)
    return None


def _install(room: Room) -> None:
    """Install Assises as pip would: programs of its own beside a Python of its own."""
    python = Path(os.path.realpath(sys.executable)).relative_to(sys.base_prefix)
    room(f"/opt/python/{python}", "-m", "venv", "--without-pip", "/opt/assises")
    purelib = room(
        "/opt/assises/bin/python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"
    ).stdout.strip()
    code = [f"/opt/code/{root}" for root in ("generator", "serverless", "themes")]
    script = "\n".join(
        [
            "from pathlib import Path",
            f"Path({purelib!r}, 'room.pth').write_text({chr(10).join([*code, '/opt/packages', ''])!r})",
            "for name, module, call in (('assises', 'assises.cli', 'main'), ('gunicorn', 'gunicorn.app.wsgiapp', 'run')):",
            "    program = Path('/opt/assises/bin', name)",
            "    program.write_text(f'#!/opt/assises/bin/python\\nfrom {module} import {call}\\n{call}()\\n')",
            "    program.chmod(0o755)",
        ]
    )
    room("/opt/assises/bin/python", "-c", script)
