"""Answers cases with the real CPython and numpy.

Reads one case a line (JSON, in the form of the conformance vectors) and writes one outcome a line, in the same order.
`source` says who is asked: "cpython" is memoryview and struct, "numpy" is ndarray.
"""
import ctypes
import json
import math
import struct
import sys
import warnings

import numpy as np
from numpy.core._internal import _dtype_from_pep3118
from numpy.lib.stride_tricks import as_strided, sliding_window_view

warnings.simplefilter("ignore")
FULL_RO = 0x100 | 0x10 | 0x08 | 0x04


class Py_buffer(ctypes.Structure):
    _fields_ = [
        ("buf", ctypes.c_void_p),
        ("obj", ctypes.c_void_p),
        ("len", ctypes.c_ssize_t),
        ("itemsize", ctypes.c_ssize_t),
        ("readonly", ctypes.c_int),
        ("ndim", ctypes.c_int),
        ("format", ctypes.c_char_p),
        ("shape", ctypes.POINTER(ctypes.c_ssize_t)),
        ("strides", ctypes.POINTER(ctypes.c_ssize_t)),
        ("suboffsets", ctypes.POINTER(ctypes.c_ssize_t)),
        ("internal", ctypes.c_void_p),
    ]


from_buffer = ctypes.pythonapi.PyMemoryView_FromBuffer
from_buffer.argtypes = [ctypes.POINTER(Py_buffer)]
from_buffer.restype = ctypes.py_object
get_buffer = ctypes.pythonapi.PyObject_GetBuffer
get_buffer.argtypes = [ctypes.py_object, ctypes.POINTER(Py_buffer), ctypes.c_int]
release_buffer = ctypes.pythonapi.PyBuffer_Release
release_buffer.argtypes = [ctypes.POINTER(Py_buffer)]
release_buffer.restype = None


class Skip(Exception):
    """A difference that the contract names; the text is the name of the rule."""


class Beyond(Exception):
    """An operation that this source does not have."""


# --- values -----------------------------------------------------------------------------------------------------------


def enc(v):
    """A Python value as the vectors write it."""
    if v is None or isinstance(v, (bool, str)):
        return v
    if isinstance(v, int):
        return v if abs(v) <= 2**53 else {"$int": str(v)}
    if isinstance(v, float):
        return enc_float(v)
    if isinstance(v, complex):
        return {"$complex": [enc_float(v.real), enc_float(v.imag)]}
    if isinstance(v, (bytes, bytearray)):
        return {"$bytes": bytes(v).hex()}
    if isinstance(v, tuple):
        return {"$tuple": [enc(x) for x in v]}
    if isinstance(v, list):
        return [enc(x) for x in v]
    raise TypeError(repr(v))


def enc_float(v):
    if math.isnan(v):
        return {"$float": "nan"}
    if math.isinf(v):
        return {"$float": "inf" if v > 0 else "-inf"}
    if v == 0 and math.copysign(1, v) < 0:
        return {"$float": "-0.0"}
    return v


def dec(v):
    """The Python value that a vector's argument stands for."""
    if isinstance(v, list):
        return [dec(x) for x in v]
    if not isinstance(v, dict):
        return v
    if "$int" in v:
        return int(v["$int"])
    if "$float" in v:
        return float(v["$float"])
    if "$bytes" in v:
        return bytes.fromhex(v["$bytes"])
    if "$complex" in v:
        return complex(*[dec(x) for x in v["$complex"]])
    if "$tuple" in v:
        return tuple(dec(x) for x in v["$tuple"])
    raise TypeError(repr(v))


def np_value(a):
    """The Python value of a 0-d array; bytes keep their trailing zeros, which numpy drops."""
    dt = a.dtype
    if dt.names is not None:
        return tuple(np_list(a[name]) for name in dt.names)
    if dt.kind in "SV":
        return a.tobytes()
    v = a[()]
    return v if isinstance(v, (bool, str)) else v.item()


def np_list(a):
    if a.ndim == 0:
        return np_value(a)
    return [np_list(a[i, ...]) for i in range(len(a))]


def same(a, b):
    """Python's == without its shortcut for one and the same object, which a NaN inside of a list would take."""
    if isinstance(a, (list, tuple)) and type(a) is type(b):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b))
    return a == b


# --- bases ------------------------------------------------------------------------------------------------------------


class Memory:
    def __init__(self, base):
        data = bytes.fromhex(base["bytes"])
        self.size = len(data)
        self.store = ctypes.create_string_buffer(data, self.size + 1)
        self.address = ctypes.addressof(self.store)

    def hex(self):
        return self.store.raw[: self.size].hex()


keep = []


def np_base(base):
    mem = Memory(base)
    dt = _dtype_from_pep3118(base["format"])
    if dt.itemsize != base["itemsize"]:
        raise AssertionError("numpy has itemsize %d for %s" % (dt.itemsize, base["format"]))
    whole = np.frombuffer((ctypes.c_char * mem.size).from_address(mem.address), np.uint8) if mem.size else np.empty(0, np.uint8)
    strides = base["strides"]
    if 0 in base["shape"]:
        v = np.ndarray(base["shape"], dt)
        if strides is not None:
            v = as_strided(v, strides=strides)
    else:
        v = np.ndarray(base["shape"], dt, whole, base["offset"], strides)
    if base["readonly"]:
        v.flags.writeable = False
    keep.append((mem, whole))
    return mem, v


def cp_base(base):
    mem = Memory(base)
    shape = base["shape"]
    n = len(shape)
    itemsize = base["itemsize"]
    strides = base["strides"]
    if strides is None:
        strides = [itemsize] * n
        for i in range(n - 2, -1, -1):
            strides[i] = strides[i + 1] * shape[i + 1]
    pb = Py_buffer()
    pb.buf = mem.address + base["offset"]
    pb.obj = None
    pb.itemsize = itemsize
    pb.len = math.prod(shape) * itemsize
    pb.readonly = int(base["readonly"])
    pb.ndim = n
    text = ctypes.create_string_buffer(base["format"].encode())
    pb.format = ctypes.cast(text, ctypes.c_char_p)
    shapes = (ctypes.c_ssize_t * max(n, 1))(*shape)
    steps = (ctypes.c_ssize_t * max(n, 1))(*strides)
    pb.shape = shapes
    pb.strides = steps
    pb.suboffsets = None
    v = from_buffer(ctypes.byref(pb))
    keep.append((mem, text, shapes, steps, pb))
    return mem, v


# --- operations -------------------------------------------------------------------------------------------------------


def part(p):
    if p == "...":
        return Ellipsis
    if p == "newaxis":
        return None
    if isinstance(p, list):
        return slice(*[dec(x) for x in p])
    return dec(p)


def key(parts):
    k = tuple(part(p) for p in parts)
    return k[0] if len(k) == 1 else k


def text_key(text):
    class Ask:
        def __getitem__(self, k):
            return k

    try:
        k = eval("ask[" + text + "]", {"ask": Ask(), "newaxis": None, "__builtins__": {"Ellipsis": Ellipsis}})
    except (SyntaxError, NameError) as e:
        raise TypeError(str(e))
    return k


def numpy_dtype(fmt):
    return _dtype_from_pep3118(fmt)


class Value:
    def __init__(self, v):
        self.v = v


DONE = object()


class Run:
    def __init__(self, case):
        self.case = case
        self.np = case["source"] == "numpy"
        self.mem = None
        self.first = None
        self.mutated = False

    def take(self, base):
        return np_base(base) if self.np else cp_base(base)

    def run(self):
        at = -1
        try:
            if self.case["base"] is not None:
                self.mem, self.first = self.take(self.case["base"])
            cur = self.first
            last = cur
            for at, op in enumerate(self.case["ops"]):
                last = self.apply(cur, op)
                if not isinstance(last, Value) and last is not DONE:
                    cur = last
            out = self.outcome(last)
        except Skip as e:
            return {"rule": str(e)}
        except Beyond as e:
            raise
        except AssertionError:
            raise
        except Exception as e:
            # numpy 2 has no such name, and allows 64.
            most = getattr(np, "MAXDIMS", None)
            if self.np and most is not None and str(most) in str(e) and "dimension" in str(e):
                return {"rule": "numpy 1 stops at 32 dimensions"}
            out = self.error(e, at)
        if self.mutated:
            out["memory"] = self.mem.hex()
        return out

    def error(self, e, at):
        name = type(e).__name__
        if isinstance(e, (struct.error, OverflowError)):
            return {"error": "ValueError", "at": at, "pyerror": name}
        for cls in (IndexError, NotImplementedError, BufferError, TypeError, ValueError):
            if isinstance(e, cls):
                return {"error": cls.__name__, "at": at, "pyerror": name}
        if isinstance(e, (RuntimeError, AttributeError, KeyError, SyntaxError, MemoryError)):
            return {"error": "ValueError", "at": at, "pyerror": name}
        raise e

    def outcome(self, last):
        if last is DONE:
            return {"ok": True}
        if isinstance(last, Value):
            return {"value": enc(last.v)}
        return {"view": self.np_view(last) if self.np else self.cp_view(last)}

    def np_view(self, v):
        ops = [op[0] for op in self.case["ops"]]
        nothing = v.size == 0
        out = {
            "itemsize": v.itemsize,
            "shape": list(v.shape),
            "strides": [None if n == 1 or nothing else s for n, s in zip(v.shape, v.strides)],
            "offset": None if nothing else v.__array_interface__["data"][0] - self.mem.address,
            "readonly": not v.flags.writeable,
            "nbytes": v.nbytes,
            "contig": ("C" if v.flags.c_contiguous else "") + ("F" if v.flags.f_contiguous else ""),
            "bytes": v.tobytes().hex(),
            "list": enc(np_list(v)),
        }
        # Numpy hands these out read-only by policy, not because the memory is.
        if {"diagonal", "sliding_window"} & set(ops):
            out["readonly"] = None
        if v.dtype.names is None and v.dtype.kind != "V":
            out["dtype"] = v.dtype.str
        return out

    def cp_view(self, v):
        pb = Py_buffer()
        get_buffer(v, ctypes.byref(pb), FULL_RO)
        nothing = v.nbytes == 0
        out = {
            "format": v.format,
            "itemsize": v.itemsize,
            "shape": list(v.shape),
            "strides": list(v.strides),
            "offset": None if nothing else pb.buf - self.mem.address,
            "readonly": v.readonly,
            "nbytes": v.nbytes,
            # The contract: a view of size 0 is contiguous both ways.
            "contig": "CF" if nothing else ("C" if v.c_contiguous else "") + ("F" if v.f_contiguous else ""),
            "bytes": v.tobytes().hex(),
        }
        release_buffer(ctypes.byref(pb))
        try:
            out["list"] = enc(v.tolist())
        except NotImplementedError:
            pass
        return out

    def source(self, src):
        if "value" in src:
            return dec(src["value"])
        v = self.first if src.get("from") == "base" else self.take(src["base"])[1]
        for op in src.get("ops", []):
            v = self.apply(v, op)
        return v

    def apply(self, v, op):
        name, args = op[0], op[1:]
        if self.case["base"] is None:
            return Value(self.free(name, args))
        both = getattr(self, "op_" + name, None)
        own = getattr(self, ("np_" if self.np else "cp_") + name, None)
        found = both or own
        if found is None:
            raise Beyond(name)
        return found(v, *args)

    # both

    def op_setslice(self, v, parts, src):
        self.mutated = True
        value = self.source(src)
        if self.np and isinstance(value, np.ndarray):
            # Numpy's own copy within one memory goes wrong where strides differ: a[5:2:-1] = a[6::-3] of seven bytes.
            value = value.copy()
        try:
            v[key(parts)] = value
        except ValueError:
            if self.np and v.flags.writeable and 0 in value.shape and 0 in v[key(parts)].shape:
                raise Skip("nothing to assign")
            raise
        return DONE

    def op_setitem(self, v, k, value):
        self.mutated = True
        value = dec(value)
        k = key(k) if isinstance(k, list) else part(k)
        if self.np and v[k + (Ellipsis,) if isinstance(k, tuple) else (k, Ellipsis)].ndim:
            raise Skip("a sub-view is filled in another way")
        v[k] = value
        return DONE

    # memoryview

    def cp_slice(self, v, parts):
        if any(int(float(s)) != s for s in v.strides):
            raise Skip("a stride beyond 2^53 is rounded")
        got = v[key(parts)]
        return got if isinstance(got, memoryview) else Value(got)

    def cp_index(self, v, k):
        if isinstance(k, list):
            got = v[tuple(part(p) for p in k)]
        else:
            got = v[part(k)]
        return got if isinstance(got, memoryview) else Value(got)

    def cp_cast(self, v, fmt, *rest):
        if v.nbytes == 0 and not v.c_contiguous:
            raise Skip("an empty view is contiguous")
        return v.cast(dec(fmt), *[dec(x) for x in rest])

    def cp_toreadonly(self, v):
        return v.toreadonly()

    def cp_dup(self, v):
        return memoryview(v)

    def cp_tobytes(self, v, *order):
        return Value(v.tobytes(*order))

    def cp_hex(self, v, *args):
        return Value(v.hex(*[dec(x) for x in args]))

    def cp_tolist(self, v):
        return Value(v.tolist())

    def cp_iter(self, v):
        return Value(list(v))

    def cp_contains(self, v, x):
        return Value(dec(x) in v)

    def cp_count(self, v, x):
        x = dec(x)
        return Value(sum(1 for y in v if y == x))

    def cp_index_of(self, v, x, start=0):
        # The rule of memoryview.index of 3.14.
        x = dec(x)
        start = dec(start)
        if start < 0:
            start = max(start + len(v), 0)
        for i, y in enumerate(v):
            if i >= start and y == x:
                return Value(i)
        raise ValueError("not found")

    def cp_eq(self, v, src):
        w = self.source(src)
        for fmt in (v.format, w.format):
            try:
                struct.calcsize(fmt)
            except struct.error:
                raise Skip("equality of what struct cannot read")
        for x in (v, w):
            if "?" in x.format and any(b > 1 for b in x.tobytes()):
                raise Skip("a bool of another byte than 0 or 1")
        return Value(v == w)

    # numpy

    def np_slice(self, v, parts):
        return self.np_key(v, tuple(part(p) for p in parts))

    def np_slice_text(self, v, text):
        k = text_key(text)
        k = k if isinstance(k, tuple) else (k,)
        # slice() never gives a number, as numpy's index with an ellipsis does not.
        return self.np_key(v, k if any(p is Ellipsis for p in k) else k + (Ellipsis,))

    def np_key(self, v, k):
        for p in k:
            if isinstance(p, bool) or not (p is None or p is Ellipsis or isinstance(p, (int, slice))):
                raise TypeError("invalid index")
        got = v[k]
        if isinstance(got, np.ndarray):
            return got
        return Value(np_value(v[k + (Ellipsis,)]))

    def np_transpose(self, v, *axes):
        return v.transpose(*axes)

    def np_swapaxes(self, v, a, b):
        return v.swapaxes(a, b)

    def np_moveaxis(self, v, a, b):
        return np.moveaxis(v, a, b)

    def np_reshape(self, v, shape, order="C"):
        r = v.reshape(shape, order=order)
        if r.size and r.size == v.size and not np.may_share_memory(r, v):
            raise ValueError("needs a copy")
        return r

    def np_broadcast_to(self, v, shape):
        return np.broadcast_to(v, shape)

    def np_diagonal(self, v, *args):
        return v.diagonal(*args)

    def np_squeeze(self, v, *axis):
        if v.ndim == 0 and axis in ((0,), (-1,)):
            raise Skip("numpy squeezes the axes 0 and -1 of no dimensions")
        return v.squeeze(*[tuple(a) if isinstance(a, list) else a for a in axis])

    def np_expand_dims(self, v, axis):
        return np.expand_dims(v, tuple(axis) if isinstance(axis, list) else axis)

    def np_flip(self, v, *axis):
        if v.ndim == 0 and axis in ((), ([],)):
            # Numpy gives a scalar here, which is a copy.
            return v
        return np.flip(v, *[tuple(a) if isinstance(a, list) else a for a in axis])

    def np_as_strided(self, v, shape, strides):
        # Numpy does not look whether this stays inside of the memory.
        low = v.__array_interface__["data"][0] - self.mem.address
        high = low + v.itemsize
        for n, s in zip(shape, strides):
            low += min(0, (n - 1) * s)
            high += max(0, (n - 1) * s)
        if 0 not in shape and (low < 0 or high > self.mem.size):
            raise IndexError("outside of the memory")
        return as_strided(v, shape, strides)

    def np_sliding_window(self, v, shape, *axis):
        shape = tuple(shape) if isinstance(shape, list) else shape
        return sliding_window_view(v, shape, *[tuple(a) if isinstance(a, list) else a for a in axis])

    def np_newbyteorder(self, v, order):
        return v.view(v.dtype.newbyteorder(order))

    def np_viewas(self, v, fmt):
        return v.view(numpy_dtype(fmt))

    def np_field(self, v, name):
        return v[name]

    def np_toreadonly(self, v):
        r = v.view()
        r.flags.writeable = False
        return r

    def np_tobytes(self, v, order="C"):
        return Value(v.tobytes(order))

    def np_tolist(self, v):
        return Value(np_list(v))

    def np_byteswap(self, v):
        self.mutated = True
        if not v.flags.writeable:
            raise ValueError("read-only")
        v.byteswap(True)
        return DONE

    def np_fill(self, v, value):
        self.mutated = True
        v[...] = dec(value)
        return DONE

    def np_eq(self, v, src):
        w = self.source(src)
        return Value(v.shape == w.shape and same(np_list(v), np_list(w)))

    def np_convert(self, v, src):
        """copyFrom with conversion: each value is packed as struct packs it, and nothing is written when one does not fit."""
        self.mutated = True
        w = self.source(src)
        if not v.flags.writeable:
            raise TypeError("read-only")
        if v.shape != w.shape:
            raise ValueError("shape")
        if v.dtype.kind == w.dtype.kind == "b" and any(b > 1 for b in w.tobytes()):
            raise Skip("a bool of another byte than 0 or 1")
        code = {"i": "bhiq", "u": "BHIQ", "f": "?efd", "b": "?"}[v.dtype.kind]
        size = v.dtype.itemsize
        c = code if v.dtype.kind == "b" else code[size.bit_length() - 1]
        if size > 1:
            c = ("<" if v.dtype.str[0] in "<|" else ">") + c
        flat = []
        for x in w.flatten().tolist():
            if v.dtype.kind in "iu" and isinstance(x, float):
                if not math.isfinite(x) or x != int(x):
                    raise TypeError("no integer")
                x = int(x)
            if c == "?" and x != x:
                raise Skip("NaN is no truth")
            if c[-1] in "efd" and x != x:
                raise Skip("the bits of a NaN")
            try:
                flat.append(struct.pack(c, x))
            except OverflowError:
                if c[-1] == "f" and isinstance(x, float):
                    flat.append(struct.pack(c, math.copysign(math.inf, x)))
                else:
                    raise
        v[...] = np.frombuffer(b"".join(flat), v.dtype).reshape(v.shape) if flat else np.empty(v.shape, v.dtype)
        return DONE

    # without a base

    def free(self, name, args):
        if name == "calcsize":
            return struct.calcsize(args[0])
        if name == "pack":
            try:
                return struct.pack(args[0], *[dec(x) for x in args[1]])
            except OverflowError as e:
                if "pack with f" in str(e):
                    raise Skip("f overflows to infinity")
                raise
        if name == "unpack":
            return list(struct.unpack(args[0], bytes.fromhex(args[1])))
        if name == "iter_unpack":
            return [list(x) for x in struct.iter_unpack(args[0], bytes.fromhex(args[1]))]
        if name == "layout":
            return Raw(layout(args[0]))
        raise Beyond(name)


class Raw(dict):
    pass


def layout(fmt):
    dt = _dtype_from_pep3118(fmt)
    if dt.names is not None:
        return {"itemsize": dt.itemsize, "record": True, "leaves": leaves(dt, "", 0)}
    base, shape = unwrapped(dt)
    if base.names is not None:
        return {"itemsize": dt.itemsize, "record": True, "leaves": [array_of(base, "", 0, shape)]}
    return {"itemsize": dt.itemsize, "record": False, "leaves": [leaf(base, "", 0, shape)]}


def unwrapped(dt):
    """The element of a sub-array and its shape; numpy nests an array of arrays, as of (2)3i."""
    shape = ()
    while dt.subdtype:
        dt, inner = dt.subdtype
        shape += inner
    return dt, shape


def leaf(dt, path, offset, shape):
    return {"path": path, "offset": offset, "dtype": dt.str, "shape": list(shape), "itemsize": dt.itemsize}


def array_of(dt, path, offset, shape):
    return {"path": path, "offset": offset, "shape": list(shape), "itemsize": dt.itemsize, "fields": leaves(dt, "", 0)}


def leaves(dt, prefix, start):
    out = []
    for name in dt.names:
        sub, off = dt.fields[name][:2]
        base, shape = unwrapped(sub)
        path = prefix + name
        if base.names is None:
            out.append(leaf(base, path, start + off, shape))
        elif shape == ():
            out.extend(leaves(base, path + ".", start + off))
        else:
            out.append(array_of(base, path, start + off, shape))
    return out


_enc = enc


def enc(v):
    return v if isinstance(v, Raw) else _enc(v)


def main():
    out = []
    for line in sys.stdin:
        out.append(json.dumps(Run(json.loads(line)).run()))
        keep.clear()
    sys.stdout.write("\n".join(out) + "\n")


if sys.argv[1:] == ["--version"]:
    print("CPython %s, numpy %s" % (sys.version.split()[0], np.__version__))
else:
    main()
