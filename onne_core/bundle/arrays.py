"""Named arrays as npz, with a strict reader for untrusted files.

The reader takes only what :func:`encode_arrays` writes: stored (uncompressed) members
in npy 1.0, little-endian float or integer, C order, finite. Sizes are compared before
anything is allocated, so a file cannot claim more than it holds.
"""

import io
import math
import re
import struct
import zipfile

import numpy as np

from onne_core.errors import BundleError

MOST_ARRAYS = 512
LONGEST_NAME = 200
MOST_BYTES_OF_ARRAYS = 16 << 20
"""Most bytes of all arrays of a file together."""

END_RECORD = struct.Struct("<4s4H2LH")
"""End of the zip directory: signature, disks, entries, size and offset, comment."""

UNREADABLE = (
    zipfile.BadZipFile,
    struct.error,
    ValueError,
    RuntimeError,
    OSError,
    EOFError,
)
"""What zipfile raises on damaged content."""

ZIP64_LOCATOR = b"PK\x06\x07"
LOCATOR_SIZE = 20

NPY = re.compile(
    rb"\x93NUMPY\x01\x00(?P<size>..)"
    rb"\{'descr': '(?P<kind><f[248]|<i[248]|\|[iu]1)', 'fortran_order': False, "
    rb"'shape': \((?P<shape>|\d{1,9},|\d{1,9}(?:, \d{1,9}){1,7})\), \} *\n",
    re.DOTALL,
)
"""Head of an npy 1.0 file, in the words in which numpy writes it."""


def encode_arrays(arrays: dict[str, np.ndarray]) -> bytes:
    """Return ``arrays`` as npz; the same arrays give the same bytes."""
    buffer = io.BytesIO()
    ordered = {name: np.asarray(arrays[name], order="C") for name in sorted(arrays)}
    np.savez(buffer, allow_pickle=False, **ordered)
    return buffer.getvalue()


def decode_arrays(content: bytes, file: str) -> dict[str, np.ndarray]:
    """Return the arrays in ``content``, read-only; ``file`` is named in errors.

    Raises
    ------
    BundleError
        If the file is not one that :func:`encode_arrays` wrote, is too large, or
        holds values that are not finite.
    """
    _check_directory(content, file)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            _check_members(members, file)
            return {
                member.filename.removesuffix(".npy"): _array(archive.read(member), file)
                for member in members
            }
    except UNREADABLE as error:
        raise BundleError(f"{file}: not a readable npz file") from error


def _check_directory(content: bytes, file: str) -> None:
    """Refuse a zip directory that is long, displaced, or larger than it says."""
    end = len(content) - END_RECORD.size
    if end < 0:
        raise BundleError(f"{file}: not a readable npz file")
    signature, *disks, entries, size, offset, comment = END_RECORD.unpack_from(
        content, end
    )
    if signature != b"PK\x05\x06" or comment or disks != [0, 0, entries]:
        raise BundleError(f"{file}: not a readable npz file")
    if content[end - LOCATOR_SIZE :].startswith(ZIP64_LOCATOR) or offset + size != end:
        raise BundleError(f"{file}: the zip directory is misplaced")
    if entries > MOST_ARRAYS or size > MOST_ARRAYS * (LONGEST_NAME + 64):
        raise BundleError(f"{file}: more than {MOST_ARRAYS} arrays")


def _check_members(members: list[zipfile.ZipInfo], file: str) -> None:
    """Refuse compressed members, and more bytes than allowed, before any is read."""
    names = [member.filename for member in members]
    if len(set(names)) != len(names):
        raise BundleError(f"{file}: two arrays have the same name")
    for member in members:
        name = member.filename
        if (
            not name.endswith(".npy")
            or not name.isprintable()
            or len(name) > LONGEST_NAME
        ):
            raise BundleError(f"{file}: an entry is not a named array")
        if (
            member.compress_type != zipfile.ZIP_STORED
            or member.file_size != member.compress_size
            or member.flag_bits & 0x1
        ):
            raise BundleError(f"{file}: an array is compressed or encrypted")
    if sum(member.file_size for member in members) > MOST_BYTES_OF_ARRAYS:
        raise BundleError(
            f"{file}: the arrays are larger than {MOST_BYTES_OF_ARRAYS} bytes"
        )


def _array(content: bytes, file: str) -> np.ndarray:
    """Return the array of an npy file; its head must match its length exactly."""
    head = NPY.match(content)
    if head is None or int.from_bytes(head["size"], "little") != head.end() - 10:
        raise BundleError(f"{file}: an array is damaged or not numeric")
    dtype = np.dtype(head["kind"].decode())
    shape = tuple(int(size) for size in re.findall(rb"\d+", head["shape"]))
    if math.prod(shape) * dtype.itemsize != len(content) - head.end():
        raise BundleError(f"{file}: the size of an array does not match its header")
    array = np.frombuffer(content, dtype, offset=head.end()).reshape(shape)
    if dtype.kind == "f" and not np.all(np.isfinite(array)):
        raise BundleError(f"{file}: an array contains NaN or infinite values")
    return array
