"""The kernel's filter of system calls, for a process that only reads, computes and speaks through its pipe.

Written by hand, because pyseccomp had its last release in January 2021 and needs a library of the system beside it,
and the filter is short: a list of calls that are refused, and some that are looked at more closely. It refuses rather
than permits by name, since what a C library calls differs between its versions.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
from collections.abc import Iterator

# linux/audit.h: how the kernel names the machine that a call is made for; numbers differ between machines.
_MACHINES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
_ABSENT = -1
_SYSCALL = {"x86_64": 317, "aarch64": 277}  # seccomp itself

# Number on x86_64, number on aarch64. No network, not even to the processes of this machine.
_NETWORK = {"socket": (41, 198), "socketpair": (53, 199), "connect": (42, 203), "bind": (49, 200), "listen": (50, 201)}
_REFUSED = {
    # Another way to the same calls.
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    # Programs and processes.
    "execve": (59, 221), "execveat": (322, 281), "fork": (57, _ABSENT), "vfork": (58, _ABSENT),
    # Other processes of the same account, such as our server.
    "kill": (62, 129), "tkill": (200, 130), "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240),
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438), "pidfd_send_signal": (424, 424), "process_madvise": (440, 440), "kcmp": (312, 272),
    "process_mrelease": (448, 448), "setpriority": (141, 140), "ioprio_set": (251, 30),
    "sched_setaffinity": (203, 122), "sched_setscheduler": (144, 119), "sched_setparam": (142, 118),
    "sched_setattr": (314, 274), "migrate_pages": (256, 238), "move_pages": (279, 239),
    # Landlock knows it from its third version on (Linux 6.2) only.
    "truncate": (76, 45),
    # Memory that counts for no limit.
    "memfd_create": (319, 279), "memfd_secret": (447, 447),
    # What stands on files from outside, which Landlock leaves alone.
    "chmod": (90, _ABSENT), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452),
    "chown": (92, _ABSENT), "lchown": (94, _ABSENT), "fchown": (93, 55), "fchownat": (260, 54),
    "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7), "removexattr": (197, 14),
    "lremovexattr": (198, 15), "fremovexattr": (199, 16), "utime": (132, _ABSENT), "utimes": (235, _ABSENT),
    "futimesat": (261, _ABSENT), "utimensat": (280, 88), "setxattrat": (463, 463),
    "removexattrat": (466, 466), "file_setattr": (469, 469),
    # Views of the disk, name spaces, the kernel's own business.
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "unshare": (272, 97),
    "setns": (308, 268), "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430),
    "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442),
    "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265), "bpf": (321, 280),
    "perf_event_open": (298, 241), "keyctl": (250, 219), "add_key": (248, 217), "request_key": (249, 218),
    "userfaultfd": (323, 282), "personality": (135, 92), "init_module": (175, 105), "finit_module": (313, 273),
    "delete_module": (176, 106), "kexec_load": (246, 104), "kexec_file_load": (320, 294), "swapon": (167, 224),
    "reboot": (169, 142), "acct": (163, 89), "quotactl": (179, 60), "open_tree_attr": (467, 467), "syslog": (103, 116),
    # What processes of one account share; whoever guesses a number needs no `get`.
    "mq_open": (240, 180), "mq_unlink": (241, 181), "shmget": (29, 194), "shmat": (30, 196), "shmctl": (31, 195),
    "msgget": (68, 186), "msgsnd": (69, 189), "msgrcv": (70, 188), "msgctl": (71, 187), "semget": (64, 190),
    "semop": (65, 193), "semctl": (66, 191), "semtimedop": (220, 192),
}  # fmt: skip
_CLONE, _CLONE3, _TGKILL, _PRLIMIT = (56, 220), (435, 435), (234, 131), (302, 261)
_CLONE_THREAD = 0x00010000
_OPEN, _OPENAT, _OPENAT2 = (2, _ABSENT), (257, 56), (437, 437)
_ACCESS, _NEITHER, _TRUNCATE = 0o3, 0o3, 0o1000  # of the flags of open
# Calls refused by one of their arguments: numbers, which argument, its values.
_BY_ARGUMENT = (
    # fcntl: who is signalled, and how, when a pipe has something to read: any process of the account, by SIGKILL too.
    ((72, 25), 1, (8, 10, 15)),  # F_SETOWN, F_SETSIG, F_SETOWN_EX
    ((16, 29), 1, (0x8901, 0x8902, 0x5412)),  # ioctl: FIOSETOWN, SIOCSPGRP, TIOCSTI
    ((157, 167), 0, (1,)),  # prctl: PR_SET_PDEATHSIG, a child dies with its parent
)

# linux/bpf_common.h, linux/seccomp.h
_LOAD, _EQUAL, _ANY_BIT, _AT_LEAST, _RETURN = 0x20, 0x15, 0x45, 0x35, 0x06
_AND = 0x54
_ALLOW, _ERRNO, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_NUMBER, _ARCH, _FIRST_ARGUMENT, _ARGUMENT_BYTES = 0, 4, 16, 8  # offsets in struct seccomp_data
_X32 = 0x40000000  # the second set of numbers that x86_64 has for the same calls
_NO_NEW_PRIVILEGES, _SET_FILTER, _ALL_THREADS = 38, 1, 1


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def is_known() -> bool:
    """Whether the numbers of this machine's calls stand here."""
    return platform.machine() in _MACHINES


def load() -> None:
    """Refuse the calls above in all threads of this process, for ever.

    Raises:
        OSError: the kernel has no filters or does not permit one; or the machine is not known.
    """
    machine = platform.machine()
    if machine not in _MACHINES:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    instructions = b"".join(_program(*_MACHINES[machine]))
    program = _Program(len(instructions) // 8, instructions)
    libc = ctypes.CDLL(None, use_errno=True)
    for failed in (
        libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0),
        libc.syscall(_SYSCALL[machine], _SET_FILTER, _ALL_THREADS, ctypes.byref(program)),
    ):
        if failed:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _program(arch: int, column: int) -> Iterator[bytes]:
    yield _do(_LOAD, _ARCH)
    yield _do(_EQUAL, arch, 1, 0)
    yield _do(_RETURN, _KILL)
    yield _do(_LOAD, _NUMBER)
    yield _do(_AT_LEAST, _X32, 0, 1)
    yield _refuse(errno.EPERM)
    for numbers in _NETWORK.values():
        yield from _when(numbers[column], _refuse(errno.EACCES))
    for numbers in _REFUSED.values():
        if numbers[column] != _ABSENT:
            yield from _when(numbers[column], _refuse(errno.EPERM))
    # glibc then asks by `clone`, whose flags can be looked at.
    yield from _when(_CLONE3[column], _refuse(errno.ENOSYS))
    threads = (_do(_LOAD, _FIRST_ARGUMENT), _do(_ANY_BIT, _CLONE_THREAD, 1, 0), _refuse(errno.EPERM), _ALLOWED)
    yield from _when(_CLONE[column], *threads)
    # abort() is a signal to oneself.
    own = (_do(_LOAD, _FIRST_ARGUMENT), _do(_EQUAL, os.getpid(), 1, 0), _refuse(errno.EPERM), _ALLOWED)
    yield from _when(_TGKILL[column], *own)
    mine = (_do(_LOAD, _FIRST_ARGUMENT), _do(_EQUAL, 0, 1, 0), _refuse(errno.EPERM), _ALLOWED)
    yield from _when(_PRLIMIT[column], *mine)
    yield from _by_argument(column)
    yield from _opening(column)
    yield _ALLOWED


def _by_argument(column: int) -> Iterator[bytes]:
    for numbers, argument, values in _BY_ARGUMENT:
        then = [_argument(argument)]
        for value in values:
            then += [_do(_EQUAL, value, 0, 1), _refuse(errno.EPERM)]
        yield from _when(numbers[column], *then, _ALLOWED)


def _opening(column: int) -> Iterator[bytes]:
    """Refuse to empty a file that is opened for reading, or for neither, which Landlock's first versions let pass."""
    for numbers, argument in ((_OPEN, 1), (_OPENAT, 2)):
        if numbers[column] != _ABSENT:
            then = [
                _argument(argument),
                _do(_AND, _ACCESS | _TRUNCATE),
                _do(_EQUAL, _TRUNCATE, 2, 0),
                _do(_AND, _ACCESS),
            ]
            yield from _when(numbers[column], *then, _do(_EQUAL, _NEITHER, 0, 1), _refuse(errno.EPERM), _ALLOWED)
    # Its flags stand in memory, where a filter cannot look; who asks then asks by the others.
    yield from _when(_OPENAT2[column], _refuse(errno.ENOSYS))


def _argument(place: int) -> bytes:
    """Load the lower half of an argument: the flags and commands that are looked at have 32 bits."""
    return _do(_LOAD, _FIRST_ARGUMENT + place * _ARGUMENT_BYTES)


def _when(number: int, *then: bytes) -> Iterator[bytes]:
    yield _do(_EQUAL, number, 0, len(then))
    yield from then


def _refuse(number: int) -> bytes:
    return _do(_RETURN, _ERRNO | number)


def _do(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    """One instruction (struct sock_filter): a jump counts the instructions that it leaves out."""
    return struct.pack("=HBBI", code, if_true, if_false, value)


_ALLOWED = _do(_RETURN, _ALLOW)
