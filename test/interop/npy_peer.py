"""numpy's side of the .npy tests: `write folder seed count` makes files, `check folder` compares what came back."""

import json
import pathlib
import sys

import numpy as np

SCALARS = ["?", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8", "c8", "c16", "g", "G"]
COUNTED = ["S1", "S5", "S17", "U1", "U5", "V1", "V9"]
UNITS = ["Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as"]
SHAPES = [(), (0,), (1,), (7,), (2, 3), (0, 3), (3, 0, 2), (2, 3, 4), (1, 1), (2, 1, 3, 1, 2), (300,)]
LETTERS = list("abcXYZ 019_äöß€漢字😀é")


def scalar(rng):
    if rng.random() < 0.15:
        step = str(int(rng.integers(2, 1000))) if rng.random() < 0.3 else ""
        unit = f"[{step}{rng.choice(UNITS)}]" if rng.random() < 0.9 else ""
        return np.dtype(f"{rng.choice(['<', '>'])}{rng.choice(['M8', 'm8'])}{unit}")
    name = str(rng.choice(SCALARS + COUNTED))
    if name in ("g", "G"):
        return np.dtype(name)
    return np.dtype(name).newbyteorder(str(rng.choice(["<", ">"])))


def record(rng, depth=0):
    fields = []
    for i in range(int(rng.integers(1, 5))):
        nested = depth < 2 and rng.random() < 0.2
        kind = record(rng, depth + 1) if nested else scalar(rng)
        name = str(rng.choice(["x", "field ", "ä", "with'quote", "back\\slash", "a:b", "\\:", "T{", "漢"])) + str(i)
        name += str(rng.choice(["", "", "", "\\", ":", "\\\\", "}"]))
        if rng.random() < 0.1:
            name = (f"title {i}:", name)
        shape = (2, 3) if rng.random() < 0.15 else (2,) if rng.random() < 0.15 else (0,) if rng.random() < 0.05 else ()
        if rng.random() < 0.1 and kind.itemsize > 0:
            kind = np.dtype((kind, (2, 2) if rng.random() < 0.5 else 3))
        fields.append((name, kind, shape) if shape else (name, kind))
    if rng.random() < 0.1:
        return padded(rng, np.dtype(fields))
    return np.dtype(fields, align=bool(rng.random() < 0.3))


def padded(rng, dtype):
    """The same fields in their order, with gaps at random."""
    names, formats, offsets, titles, at = [], [], [], [], 0
    for name in dtype.names:
        at += int(rng.integers(0, 4))
        names.append(name)
        formats.append(dtype.fields[name][0])
        titles.append(dtype.fields[name][2] if len(dtype.fields[name]) > 2 else None)
        offsets.append(at)
        at += formats[-1].itemsize
    size = at + int(rng.integers(0, 4))
    return np.dtype({"names": names, "formats": formats, "offsets": offsets, "titles": titles, "itemsize": size})


def fill(rng, a):
    """Random values in place; floats as bytes would meet NaNs of many kinds, which is wanted."""
    if a.dtype.subdtype or a.dtype.names:
        for name in a.dtype.names or ():
            fill(rng, a[name])
    elif a.dtype.kind == "U":
        flat = ["".join(rng.choice(LETTERS, int(rng.integers(0, a.dtype.itemsize // 4 + 1)))) for _ in range(a.size)]
        a[...] = np.array(flat, dtype=a.dtype).reshape(a.shape)
    elif a.dtype.kind == "b":
        a[...] = rng.random(a.shape) < 0.5
    elif a.dtype.char in "gG":
        a[...] = rng.standard_normal(a.shape)
    else:
        raw = rng.integers(0, 256, a.size * a.dtype.itemsize, dtype=np.uint8)
        a[...] = raw.view(a.dtype).reshape(a.shape)


def plain(value, dtype):
    """A value as JSON that the other side makes too."""
    if dtype.names:
        return [plain(value[name], dtype.fields[name][0]) for name in dtype.names]
    if dtype.subdtype:
        return [plain(item, np.dtype((dtype.base, dtype.shape[1:])) if len(dtype.shape) > 1 else dtype.base) for item in value]
    kind = dtype.kind
    if dtype.char in "gG" or kind == "V":
        return "bytes only"
    if kind == "b":
        return bool(value)
    if kind in "iu":
        return str(int(value))
    if kind == "f":
        return number(float(value))
    if kind in "Mm":
        return str(int(np.asarray(value).astype("i8")))
    if kind == "c":
        return [number(float(value.real)), number(float(value.imag))]
    if kind == "S":
        return bytes(value).ljust(dtype.itemsize, b"\0").hex()
    return str(value)


def number(x):
    return x if np.isfinite(x) else "NaN" if x != x else "Infinity" if x > 0 else "-Infinity"


def write(folder, seed, count):
    rng = np.random.default_rng(seed)
    files = []
    for i in range(count):
        dtype = record(rng) if rng.random() < 0.4 else scalar(rng)
        while dtype.itemsize == 0:
            dtype = record(rng)
        shape = SHAPES[int(rng.integers(len(SHAPES)))]
        order = "F" if rng.random() < 0.4 else "C"
        a = np.zeros(shape, dtype, order=order)
        fill(rng, a)
        with open(folder / f"{i}.npy", "wb") as f:
            version = [None, (1, 0), (2, 0), (3, 0)][int(rng.integers(4))]
            text = np.lib.format.header_data_from_array_1_0(a)["descr"]
            if version == (1, 0) or version == (2, 0):
                try:
                    str(text).encode("latin1")
                except UnicodeEncodeError:
                    version = (3, 0)
            np.lib.format.write_array(f, a, version)
        values = [plain(v, a.dtype) for v in a.reshape(-1)[:40]]
        files.append({"shape": list(a.shape), "itemsize": a.itemsize, "bytes": a.tobytes().hex(), "values": values})
    (folder / "files.json").write_text(json.dumps(files))


def same(a, b, what):
    assert a.shape == b.shape, (what, a.shape, b.shape)
    assert a.tobytes() == b.tobytes(), (what, "bytes")
    # Titles are in no comparison of numpy's.
    assert plain_type(a.dtype) == plain_type(b.dtype), (what, a.dtype, b.dtype)


def plain_type(dtype):
    """Offsets, names, titles and types of all fields; alignment flags do not travel."""
    if dtype.names:
        return [(n, plain_type(dtype.fields[n][0]), *dtype.fields[n][1:]) for n in dtype.names] + [dtype.itemsize]
    if dtype.subdtype:
        return [plain_type(dtype.base), dtype.shape]
    return dtype.str


def check(folder):
    count = len(json.loads((folder / "files.json").read_text()))
    for i in range(count):
        a = np.load(folder / f"{i}.npy")
        b = np.load(folder / f"{i}.out.npy")
        same(a, b, f"{i}.out.npy")
        assert a.ndim < 2 or a.size < 2 or a.flags.f_contiguous == b.flags.f_contiguous, (i, "order")
        turned = folder / f"{i}.part.npy"
        if turned.exists():
            same(a.T[::-1, ..., 1:], np.load(turned), f"{i}.part.npy")
    print(count)


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[2])
    if sys.argv[1] == "write":
        write(folder, int(sys.argv[3]), int(sys.argv[4]))
    else:
        check(folder)
