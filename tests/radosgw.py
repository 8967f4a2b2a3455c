"""A real S3 store on loopback: Ceph's gateway over one monitor and one store in memory.

It takes a quarter of a minute to start, and 280 MB of Debian packages: for ``make faults`` and ``make bench``.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

KEY, SECRET = "AK", "SK"

_CONFIGURATION = """
[global]
fsid={fsid}
mon host=[v2:127.0.0.1:{v2}/0,v1:127.0.0.1:{v1}/0]
mon initial members=a
public addr=127.0.0.1
keyring={folder}/keyring
osd pool default size=1
osd pool default min size=1
osd pool default pg num=1
osd pool default pgp num=1
osd crush chooseleaf type=0
mon allow pool size one=true
mon warn on pool no redundancy=false
mon max pg per osd=1000
osd objectstore=memstore
memstore device bytes=1073741824
run dir={folder}
log file={folder}/$name.log
pid file={folder}/$name.pid
admin socket={folder}/$name.asok
[mon.a]
mon data={folder}/mon
[osd.0]
osd data={folder}/osd
[client.rgw]
rgw frontends=beast endpoint=127.0.0.1:{port}
rgw data={folder}/rgw
"""
_CAPS = {
    "mon.": ("mon", "allow *"),
    "client.admin": ("mon", "allow *", "osd", "allow *", "mgr", "allow *"),
    "client.rgw": ("mon", "allow rw", "osd", "allow rwx"),
    "osd.0": ("mon", "allow profile osd", "osd", "allow *"),
}


@contextmanager
def radosgw(folder: Path) -> Iterator[str]:
    """Serve S3 while the block runs, and give its address; its one user is AK with the secret SK."""
    v2, v1, port = _free_ports(3)
    for name in ("mon", "osd", "rgw"):
        (folder / name).mkdir()
    conf = str(folder / "ceph.conf")
    fsid = str(uuid.uuid4())
    text = _CONFIGURATION.format(fsid=fsid, v1=v1, v2=v2, port=port, folder=folder)
    Path(conf).write_text(text, encoding="utf-8")
    try:
        _begin_cluster(folder, conf, fsid, (v2, v1))
        _run("radosgw", "-c", conf, "-n", "client.rgw")
        _wait_for(port)
        _run(
            "radosgw-admin", "-c", conf, "-n", "client.rgw", "user", "create", "--uid=t", "--display-name=t",
            f"--access-key={KEY}", f"--secret-key={SECRET}",
        )  # fmt: skip
        yield f"http://127.0.0.1:{port}"
    finally:
        for file in folder.glob("*.pid"):
            with suppress(OSError, ValueError):
                subprocess.run(["kill", file.read_text(encoding="utf-8").strip()], check=False)
        time.sleep(1)
        shutil.rmtree(folder, ignore_errors=True)


def _begin_cluster(folder: Path, conf: str, fsid: str, ports: Sequence[int]) -> None:
    keyring = str(folder / "keyring")
    for number, (name, caps) in enumerate(_CAPS.items()):
        pairs = [
            word for kind, what in zip(caps[::2], caps[1::2], strict=True) for word in ("--cap", kind, what)
        ]
        create = ["--create-keyring"] if not number else []
        _run("ceph-authtool", keyring, *create, "--gen-key", "-n", name, *pairs)
    monitors, (v2, v1) = str(folder / "monmap"), ports
    addresses = f"[v2:127.0.0.1:{v2},v1:127.0.0.1:{v1}]"
    _run("monmaptool", "--create", "--addv", "a", addresses, "--fsid", fsid, monitors, "--clobber")
    _run("ceph-mon", "-c", conf, "--mkfs", "-i", "a", "--monmap", monitors, "--keyring", keyring)
    _run("ceph-mon", "-c", conf, "-i", "a")
    osd = str(uuid.uuid4())
    _run("ceph", "-c", conf, "osd", "new", osd, "0")
    _run("ceph", "-c", conf, "auth", "import", "-i", keyring)
    _run("ceph-osd", "-c", conf, "-i", "0", "--mkfs", "--osd-uuid", osd)
    _run("ceph-osd", "-c", conf, "-i", "0")
    end = time.monotonic() + 60
    while "1 up" not in _run("ceph", "-c", conf, "osd", "stat"):
        assert time.monotonic() < end, "the store of Ceph does not come up"
        time.sleep(0.3)


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr[-500:]}"
    return done.stdout


def _free_ports(count: int) -> list[int]:
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [listener.getsockname()[1] for listener in listeners]
    for listener in listeners:
        listener.close()
    return ports


def _wait_for(port: int) -> None:
    end = time.monotonic() + 60
    while True:
        with socket.socket() as caller:
            if not caller.connect_ex(("127.0.0.1", port)):
                return
        assert time.monotonic() < end, "radosgw does not answer"
        time.sleep(0.2)
