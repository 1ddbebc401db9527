"""Power cuts for the real oxd: which bytes and names below a directory a cut may leave behind, computed from the
journal that preload/disk_model.cc keeps, and put there.

    disk = Disk(tmp_path / "collector/logs", tmp_path / "disk")
    node = oxd("collector", files=True, same_ports=True, env=disk.environment())
    ...
    node.kill(); disk.cut(chance); disk.begin(); node.start()

The rules are POSIX's, none of a certain file system's: bytes are safe once an fdatasync of their file that
began after the write has returned; a new, removed or renamed name once an fsync of its directory has. All else
may be there or not, in part, and in any order.
"""
import os
import struct
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import processes

SECTOR = 512
IN_ORDER = ("nothing", "up to a moment")
POLICIES = (*IN_ORDER, "some of it")


def library():
    """The preloaded library, built beside the programs. Where ctest names none it may be missing (None)."""
    named = os.environ.get("OX_DISK_MODEL")
    path = Path(named or Path(processes.binary("oxd")).parents[1] / "lib" / "libox_disk_model.so")
    assert path.exists() or not named, f"{path} has not been built"
    return path if path.exists() else None


class Call(NamedTuple):
    at: int  # offset of the record in the journal
    kind: str
    inode: int = 0
    path: str = ""
    to: str = ""
    offset: int = 0
    data: bytes = b""
    began: int = 0  # of a sync: everything recorded before this


def _path(data, at):
    (length,) = struct.unpack_from("<H", data, at)
    return data[at + 2:at + 2 + length].decode(), at + 2 + length


def read_journal(path):
    data, at, calls = Path(path).read_bytes(), 0, []
    while at + 4 <= len(data):
        (length,) = struct.unpack_from("<I", data, at)
        record = data[at + 4:at + 4 + length]
        if len(record) < length:
            break  # the program was killed while it wrote this: the call has not returned
        kind = chr(record[0])
        if kind in "CO":
            call = Call(at, kind, inode=struct.unpack_from("<Q", record, 1)[0], path=_path(record, 9)[0])
        elif kind == "W":
            inode, offset = struct.unpack_from("<QQ", record, 1)
            call = Call(at, kind, inode=inode, offset=offset, data=record[17:])
        elif kind == "T":
            inode, size = struct.unpack_from("<QQ", record, 1)
            call = Call(at, kind, inode=inode, offset=size)
        elif kind in "SF":
            inode, began = struct.unpack_from("<QQ", record, 1)
            call = Call(at, kind, inode=inode, began=began)
        elif kind == "D":
            call = Call(at, kind, began=struct.unpack_from("<Q", record, 1)[0], path=_path(record, 9)[0])
        elif kind == "R":
            old, end = _path(record, 1)
            call = Call(at, kind, path=old, to=_path(record, end)[0])
        else:
            assert kind in "UM", kind
            call = Call(at, kind, path=_path(record, 1)[0])
        calls.append(call)
        at += 4 + length
    return calls


def parent(path):
    return os.path.dirname(path) or "."


class State:
    """Names, directories and bytes at a moment."""

    def __init__(self):
        self.names = {}  # path -> inode
        self.directories = {"."}
        self.bytes = {}  # inode -> bytearray

    @classmethod
    def of(cls, root):
        state = cls()
        for directory, inner, files in os.walk(root):
            here = os.path.relpath(directory, root)
            for name in inner:
                state.directories.add(os.path.normpath(os.path.join(here, name)))
            for name in files:
                path = os.path.normpath(os.path.join(here, name))
                inode = os.stat(os.path.join(directory, name)).st_ino
                state.names[path] = inode
                state.bytes[inode] = bytearray((Path(directory) / name).read_bytes())
        return state

    def copy(self):
        other = State()
        other.names, other.directories = dict(self.names), set(self.directories)
        other.bytes = {inode: bytearray(data) for inode, data in self.bytes.items()}
        return other

    def apply(self, call, pieces=None):
        """`pieces` of a write: those parts of it that are to be written, as (start, end)."""
        if call.kind == "C":
            self.names[call.path] = call.inode
        elif call.kind == "U":
            self.names.pop(call.path, None)
        elif call.kind == "R" and call.path in self.names:
            self.names[call.to] = self.names.pop(call.path)
        elif call.kind == "M":
            self.directories.add(call.path)
        elif call.kind == "T":
            data = self.bytes.setdefault(call.inode, bytearray())
            del data[call.offset:]
            data.extend(bytes(call.offset - len(data)))
        elif call.kind == "W":
            data = self.bytes.setdefault(call.inode, bytearray())
            for start, end in [(0, len(call.data))] if pieces is None else pieces:
                data.extend(bytes(max(0, call.offset + end - len(data))))
                data[call.offset + start:call.offset + end] = call.data[start:end]

    def files(self):
        """{path: bytes} of all that can be reached."""
        def reachable(path):
            return path == "." or (path in self.directories and reachable(parent(path)))
        return {path: bytes(self.bytes.get(inode, b"")) for path, inode in self.names.items()
                if reachable(parent(path))}


class Disk:
    def __init__(self, root, scratch):
        self.root, self.scratch = Path(root), Path(scratch)
        self.attic = self.scratch / "attic"
        self.attic.mkdir(parents=True)
        self.journal = self.scratch / "journal"
        self.bug = ""
        self.begin()

    def environment(self):
        assert library(), "the disk model has not been built"
        return {"LD_PRELOAD": str(library()), "OX_DISK_ROOT": str(self.root),
                "OX_DISK_JOURNAL": str(self.journal), "OX_DISK_ATTIC": str(self.attic),
                "OX_DISK_BUG": self.bug}

    def begin(self):
        """What is there now is safe. To be called whenever the program is not running."""
        for path in self.attic.iterdir():
            path.unlink()
        self.journal.write_bytes(b"")
        self.before = State.of(self.root)

    def modelled(self):
        """What the files must be if the journal has everything: without a cut this is what is there."""
        state = self.before.copy()
        for call in read_journal(self.journal):
            if call.kind == "C":
                state.bytes[call.inode] = bytearray()
            assert call.kind != "O" or state.names.get(call.path) == call.inode, call
            state.apply(call)
        return state

    def cut(self, chance, policy=None):
        """Leaves what is safe, and of the rest what `policy` says. The program must have been killed."""
        policy = policy or chance.choice(POLICIES)
        calls = read_journal(self.journal)
        self._put(self._after_cut(calls, chance, policy))
        return policy

    def _after_cut(self, calls, chance, policy):
        bytes_safe, names_safe = defaultdict(int), defaultdict(int)
        gone = defaultdict(list)  # inode -> (from, to) of what a failed sync has lost
        for call in calls:
            if call.kind == "S":
                bytes_safe[call.inode] = max(bytes_safe[call.inode], call.began)
            elif call.kind == "F":
                gone[call.inode].append((bytes_safe[call.inode], call.began))
            elif call.kind == "D":
                names_safe[call.path] = max(names_safe[call.path], call.began)
        end = calls[-1].at + 1 if calls else 0
        moment = chance.randrange(end + 1)
        directory_moment = defaultdict(lambda: chance.randrange(end + 1))

        state = self.before.copy()
        for call in calls:
            if call.kind in "WT":
                if any(first <= call.at < last for first, last in gone[call.inode]):
                    continue
                if call.at < bytes_safe[call.inode] or (policy == "up to a moment" and call.at < moment):
                    state.apply(call)
                elif policy == "some of it" and call.kind == "T":
                    if chance.random() < 0.5:
                        state.apply(call)
                elif policy == "some of it":
                    state.apply(call, self._some_sectors(call, chance))
            elif call.kind in "CURM":
                if call.kind == "C":
                    state.bytes[call.inode] = bytearray()
                homes = {parent(call.path), parent(call.to)} if call.to else {parent(call.path)}
                if all(call.at < names_safe[home] for home in homes):
                    state.apply(call)
                elif policy == "up to a moment" and call.at < moment:
                    state.apply(call)
                elif policy == "some of it" and all(call.at < directory_moment[home] for home in homes):
                    state.apply(call)
        return state

    @staticmethod
    def _some_sectors(call, chance):
        if chance.random() < 0.4:
            return [(0, len(call.data))]
        pieces, at = [], 0
        while at < len(call.data):
            end = min(len(call.data), at + SECTOR - (call.offset + at) % SECTOR)
            if chance.random() < 0.5:
                pieces.append((at, end))
            at = end
        return pieces

    def _put(self, state):
        """Makes the directory hold this; a file that was there keeps its inode."""
        for directory, _, files in os.walk(self.root):
            for name in files:
                path = Path(directory) / name
                kept = self.attic / str(path.stat().st_ino)
                if not kept.exists():
                    os.link(path, kept)
                path.unlink()
        files = state.files()
        wanted = {parent(path) for path in files} | {
            path for path in state.directories if all(
                str(up) in state.directories for up in Path(path).parents)}
        for directory, _, _ in os.walk(self.root, topdown=False):
            if os.path.relpath(directory, self.root) not in wanted:
                os.rmdir(directory)
        for path in sorted(wanted):
            (self.root / path).mkdir(mode=0o750, parents=True, exist_ok=True)
        for path, data in files.items():
            os.link(self.attic / str(state.names[path]), self.root / path)
            with open(self.root / path, "r+b") as file:
                file.truncate(0)
                file.write(data)
