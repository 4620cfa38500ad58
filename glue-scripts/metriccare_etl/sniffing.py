"""What a file is that is no text, by its first bytes: a PDF would be read as thousands of bad lines."""

from metriccare_etl.limits import Unreadable

KINDS = (
    (b"%PDF-", "a PDF"),
    (b"PAR1", "a Parquet file"),
    (b"PK\x03\x04", "a zip archive (or an Office document)"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"\x1f\x8b", "gzip inside gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\x04\x22\x4d\x18", "lz4"),
    (b"Rar!\x1a", "a RAR archive"),
    (b"Obj\x01", "an Avro file"),
    (b"ORC", "an ORC file"),
    (b"SQLite format 3\x00", "a SQLite database"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"\x7fELF", "a program"),
)


def refuse_binary(head: bytes) -> None:
    """Raise Unreadable for content that is known to be something else. `head` is its first bytes, unzipped."""
    for magic, name in KINDS:
        if head.startswith(magic):
            raise Unreadable("not_text", f"its content is {name}")
