"""Random archives of arrays, by numpy, by Python's zipfile with odd flags, and by the program zip: `archives.py folder seed count`. Prints
as JSON what numpy reads in each: the bytes of each member, or null where numpy can't read it; null for the archive where it can't be opened.
"""

import io
import json
import os
import pathlib
import random
import subprocess
import sys
import zipfile

import numpy as np

folder, seed, count = pathlib.Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
rng = random.Random(seed)
NAMES = ["a", "b/c", "ä", "漢", "x y", "..", "C:\\x", "__proto__", "n.npy", "Z" * 200, "-dash", "w*"]
ZIP = [["-0"], ["-1"], ["-9"], ["-X"], ["-D"], ["-fz"], ["-fd"], ["-fz", "-fd"], ["-UN=UTF8"], ["-UN=escape"], ["-k"]]
LIMIT = zipfile.ZIP64_LIMIT


def array():
    values = np.random.default_rng(rng.getrandbits(32)).integers(0, 99, rng.choice([0, 1, 50, 3000]))
    return values.astype(rng.choice(["i4", "f8", "u1", ">i2", "M8[s]", "S5"]))


def npy(values):
    out = io.BytesIO()
    np.save(out, values)
    return out.getvalue()


class Pipe(io.RawIOBase):
    """A file that can't seek."""

    def __init__(self, inner):
        self.inner = inner

    def writable(self):
        return True

    def write(self, part):
        return self.inner.write(part)


def by_zipfile(path, arrays):
    with open(path, "wb") as f:
        if rng.random() < 0.3:
            f.write(rng.randbytes(rng.randint(1, 99)))
        piped = rng.random() < 0.4
        method = rng.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
        if method == zipfile.ZIP_STORED and rng.random() < 0.5:
            zipfile.ZIP64_LIMIT = 10
        with zipfile.ZipFile(Pipe(f) if piped else f, "w", method) as z:
            for name, values in arrays.items():
                info = zipfile.ZipInfo(f"{name}.npy") if rng.random() < 0.5 else f"{name}.npy"
                if not piped and rng.random() < 0.3:
                    with z.open(f"{name}.npy", "w", force_zip64=True) as member:
                        member.write(npy(values))
                else:
                    z.writestr(info, npy(values))
            if rng.random() < 0.3:
                z.writestr("plain.txt", "hello")
            if rng.random() < 0.3:
                z.comment = rng.randbytes(rng.randint(0, 300)).replace(b"PK", b"xx")
        zipfile.ZIP64_LIMIT = LIMIT
        if rng.random() < 0.4:
            f.write(bytes(rng.randint(0, 50)))


def by_zip(path, arrays):
    place = folder / "members"
    path.unlink(missing_ok=True)
    subprocess.run(["rm", "-rf", place], check=True)
    for name, values in arrays.items():
        member = place / f"{name}.npy"
        member.parent.mkdir(parents=True, exist_ok=True)
        member.write_bytes(npy(values))
    flags = rng.choice([*ZIP, ["-Z", "bzip2"]]) + rng.choice([[], [], ["-j"], ["-P", "secret"], ["-z"]])
    run = {"cwd": place, "check": True, "stdout": subprocess.DEVNULL, "input": b"a comment\n.\n"}
    if rng.random() < 0.2:
        # To a pipe: sizes and checksums stand behind each member.
        with open(path, "wb") as f:
            subprocess.run(["zip", "-q", "-r", *flags, "-", "."], **{**run, "stdout": f})
    else:
        subprocess.run(["zip", "-q", "-r", *flags, path, "."], **run)
        if rng.random() < 0.2:
            (place / "later.npy").write_bytes(npy(array()))
            # It does not read all that it writes.
            subprocess.run(["zip", "-q", "-r", "-u", path, "."], **{**run, "check": False})


def read(path):
    try:
        # As np.load does it, which looks for "PK" at the start of the file first.
        archive = np.lib.npyio.NpzFile(open(path, "rb"), own_fid=True)
    except Exception:
        return None
    found = {}
    for name in archive.files:
        try:
            value = archive[name]
            found[name] = value.tobytes().hex() if isinstance(value, np.ndarray) else value.hex()
        except Exception:
            found[name] = None
    return found


answers = []
for i in range(count):
    path = folder / f"{i}.npz"
    arrays = {name: array() for name in rng.sample(NAMES, rng.randint(1, 5))}
    kind = i % 4
    if kind == 0:
        np.savez(path, **arrays)
    elif kind == 1:
        np.savez_compressed(path, **arrays)
    elif kind == 2:
        by_zipfile(path, arrays)
    else:
        by_zip(path, arrays)
    answers.append(read(path))
print(json.dumps(answers))
