"""A plugin of pytest that puts this library under numpy's own tests of files: whatever `np.save`, `np.savez` and `format.write_array` write
is read and written anew in Node before numpy's readers see it. What this library refuses is an error of the test, except for arrays of
Python objects: numpy's own answer stands there, and the test is named at the end. MEMORYVIEW_NODE names the runtime, MEMORYVIEW_BRIDGE the
script that it runs.
"""

import json
import os
import subprocess
import tempfile
import threading
from io import BytesIO

import numpy as np
from numpy.lib import format as files
from numpy.lib import npyio

folder = tempfile.mkdtemp(prefix="memoryview-numpy-suite-")
node = subprocess.Popen(
    [os.environ["MEMORYVIEW_NODE"], os.environ["MEMORYVIEW_BRIDGE"]],
    stdin=subprocess.PIPE,
    stdout=subprocess.PIPE,
    text=True,
)
turn = threading.Lock()
passed = {"npy": 0, "npz": 0}
objects, lenient = set(), set()


class Refused(Exception):
    """What this library says of a file that numpy has read."""


def through(data, work="npy", **more):
    """The same content as this library writes it; as it was where it holds Python objects."""
    source, target = (os.path.join(folder, name) for name in ("source", "target"))
    with turn:
        with open(source, "wb") as f:
            f.write(data)
        node.stdin.write(json.dumps({"work": work, "from": source, "to": target, **more}) + "\n")
        node.stdin.flush()
        answer = json.loads(node.stdout.readline())
        if answer["ok"]:
            passed[work] += 1
            with open(target, "rb") as f:
                return f.read()
    if answer["code"] == "ERR_UNSUPPORTED" and "Python objects" in answer["message"]:
        objects.add(test_name())
        return data
    raise Refused(f"{answer['code']}: {answer['message']}")


def test_name():
    return os.environ.get("PYTEST_CURRENT_TEST", "").removeprefix("::").split(" ")[0]


class Copy:
    """A file that keeps what was read of it, since members of archives do not go back."""

    def __init__(self, inner):
        self.inner, self.parts = inner, []

    def read(self, *given):
        return self.kept(self.inner.read(*given))

    def readline(self, *given):
        return self.kept(self.inner.readline(*given))

    def kept(self, part):
        self.parts.append(part)
        return part


read_array, write_array, savez = files.read_array, files.write_array, npyio._savez


def read(fp, *given, **named):
    copy = Copy(fp)
    try:
        array = read_array(copy, *given, **named)
    except Exception as error:
        try:
            before = len(objects)
            through(b"".join(copy.parts))
            if len(objects) == before:
                lenient.add(f"{test_name()}: {str(error).splitlines()[0][:40]}")
        except Refused:
            pass
        raise
    again = read_array(BytesIO(through(b"".join(copy.parts))), *given, **named)
    assert again.dtype == array.dtype and again.shape == array.shape, (array.dtype, again.dtype)
    return again


def write(fp, array, version=None, *given, **named):
    plain = BytesIO()
    write_array(plain, array, version, *given, **named)
    # A test that asks for a version looks at the bytes of numpy's header.
    fp.write(plain.getvalue() if version is not None else through(plain.getvalue()))


def save_archive(file, args, kwds, compress, *given, **named):
    plain = BytesIO()
    savez(plain, args, kwds, compress, *given, **named)
    content = through(plain.getvalue(), "npz", compress=bool(compress))
    if hasattr(file, "write"):
        file.write(content)
        return
    path = str(os.fspath(file))
    with open(path if path.endswith(".npz") else f"{path}.npz", "wb") as f:
        f.write(content)


files.read_array = npyio.format.read_array = read
files.write_array = npyio.format.write_array = write
npyio._savez = save_archive


def pytest_sessionfinish():
    node.stdin.close()
    node.wait()
    print(f"\nbridge: {json.dumps({**passed, 'objects': sorted(objects), 'lenient': sorted(lenient)})}")
