"""Writes files so that they are there whole or not at all. The other parts of the script follow this one."""

import os


def write_whole(path, content):
    """Writes a text or bytes: a reader sees the old file or the new one, even after a kill in the middle."""
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    os.replace(part, path)


