"""Puts this library under numpy's own tests of DLPack, in a process of Node that embeds Python: each tensor that `np.from_dlpack` takes has
been a view in JavaScript, and is a tensor that JavaScript made of it. `through` is a C function of Node's: the address of a tensor in, and
that of another out, or 0 with the reason in `said`.
"""

import ctypes
import os
import sys

import numpy as np

python = ctypes.pythonapi
python.PyCapsule_GetPointer.restype = ctypes.c_void_p
python.PyCapsule_GetPointer.argtypes = [ctypes.py_object, ctypes.c_char_p]
python.PyCapsule_SetName.argtypes = [ctypes.py_object, ctypes.c_char_p]
python.PyCapsule_New.restype = ctypes.py_object
python.PyCapsule_New.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
python.PyCapsule_IsValid.argtypes = [ctypes.py_object, ctypes.c_char_p]

from_dlpack = np.from_dlpack
OLD, NEW = b"dltensor", b"dltensor_versioned"
# A capsule keeps the address of its name.
USED = {OLD: b"used_dltensor", NEW: b"used_dltensor_versioned"}
# From 2.1 on numpy takes and makes versioned tensors too.
VERSIONED = tuple(map(int, np.__version__.split(".")[:2])) >= (2, 1)
passed = [0]


class Tensor(ctypes.Structure):
    """`DLTensor`."""

    _fields_ = [
        ("data", ctypes.c_void_p),
        ("device_type", ctypes.c_int32),
        ("device_id", ctypes.c_int32),
        ("ndim", ctypes.c_int32),
        ("dtype", ctypes.c_uint32),
        ("shape", ctypes.c_void_p),
        ("strides", ctypes.c_void_p),
        ("byte_offset", ctypes.c_uint64),
    ]


class Versioned(ctypes.Structure):
    """`DLManagedTensorVersioned`."""

    _fields_ = [
        ("version", ctypes.c_uint64),
        ("manager", ctypes.c_void_p),
        ("deleter", ctypes.CFUNCTYPE(None, ctypes.c_void_p)),
        ("flags", ctypes.c_uint64),
        ("tensor", Tensor),
    ]


class Old(ctypes.Structure):
    """`DLManagedTensor`, the only one that numpy 1 takes."""


DELETER = ctypes.CFUNCTYPE(None, ctypes.POINTER(Old))
Old._fields_ = [("tensor", Tensor), ("manager", ctypes.c_void_p), ("deleter", DELETER)]
alive = {}


@DELETER
def delete(old):
    address = ctypes.addressof(old.contents)
    made = alive[address][1]
    made.contents.deleter(ctypes.addressof(made.contents))
    del alive[address]


def in_the_old_form(address):
    made = ctypes.cast(address, ctypes.POINTER(Versioned))
    old = Old(made.contents.tensor, None, delete)
    alive[ctypes.addressof(old)] = (old, made)
    return ctypes.addressof(old)


class Carrier:
    """What has been through JavaScript, as an object that numpy asks for its tensor."""

    def __init__(self, capsule, device):
        self.capsule, self.device = capsule, device

    def __dlpack__(self, **_options):
        return self.capsule

    def __dlpack_device__(self):
        return self.device


def through_node(x, /, **options):
    wanted = {}
    if options.get("copy") is not None:
        wanted["copy"] = options["copy"]
    if options.get("device") is not None:
        if options["device"] != "cpu":
            return from_dlpack(x, **options)
        wanted["dl_device"] = (1, 0)
    try:
        capsule = x.__dlpack__(max_version=(1, 0), **wanted)
    except TypeError:
        capsule = x.__dlpack__(**wanted)
    name = NEW if python.PyCapsule_IsValid(capsule, NEW) else OLD
    address = through(python.PyCapsule_GetPointer(capsule, name), name == NEW)
    if address == 0:
        raise BufferError(said())
    # The consumer of a capsule renames it, so that it deletes nothing.
    python.PyCapsule_SetName(capsule, USED[name])
    passed[0] += 1
    made, name = (address, NEW) if VERSIONED else (in_the_old_form(address), OLD)
    return from_dlpack(Carrier(python.PyCapsule_New(made, name, None), x.__dlpack_device__()))


def main(through_address, said_address, arguments):
    global through, said
    through = ctypes.PYFUNCTYPE(ctypes.c_uint64, ctypes.c_uint64, ctypes.c_bool)(through_address)
    reason = ctypes.PYFUNCTYPE(ctypes.c_char_p)(said_address)
    said = lambda: reason().decode()  # noqa: E731
    np.from_dlpack = through_node
    import pytest

    status = pytest.main(arguments)
    print(f"\nbridge: {passed[0]} tensors, {len(alive)} alive")
    sys.stdout.flush()
    os._exit(status)
