"""Whether a file is a picture that a browser will show, told without drawing it."""

import struct
import zlib

SIGNATURE = b"\x89PNG\r\n\x1a\n"
LONGEST_SIDE = 4000


def is_whole_png(content):
    """Whether every part of a PNG is there, unharmed and in its place, and nothing follows it."""
    if not content.startswith(SIGNATURE):
        return False
    kinds, at = [], len(SIGNATURE)
    while at < len(content) and b"IEND" not in kinds:
        head = content[at : at + 8]
        if len(head) < 8:
            return False
        length, kind = struct.unpack(">I4s", head)
        body, check = content[at + 8 : at + 8 + length], content[at + 8 + length : at + 12 + length]
        if check != struct.pack(">I", zlib.crc32(kind + body)):
            return False
        if not kinds and not (kind == b"IHDR" and _is_shown(body)):
            return False
        kinds.append(kind)
        at += 12 + length
    return at == len(content) and b"IDAT" in kinds and kinds[-1] == b"IEND"


def _is_shown(head):
    sides = struct.unpack(">II", head[:8]) if len(head) == 13 else (0, 0)
    return all(0 < side <= LONGEST_SIDE for side in sides)
