"""QR codes as pictures: written by segno, read by zxing, so that neither vouches for itself (spec 5.2.5)."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from PIL import Image, ImageFilter, ImageOps

from backchannel.errors import ArmorDamaged, Oversize, StorageFull, TransportError
from backchannel.transport import qr
from backchannel.wire import parts
from backchannel.wire.parts import Kind

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def blob(size: int, seed: int = 7) -> bytes:
    return random.Random(seed).randbytes(size)


ENVELOPE = parts.to_texts(Kind.ENVELOPE, blob(1024))
INVITATION = parts.to_texts(Kind.INVITATION, blob(1450))


@pytest.mark.parametrize(
    ("kind", "size", "files"),
    [(Kind.INVITATION, 1450, 1), (Kind.ENVELOPE, 1024, 1), (Kind.ENVELOPE, 4096, 4), (Kind.ENVELOPE, 16384, 16)],
)
def test_a_sheet_there_and_back(tmp_path: Path, kind: Kind, size: int, files: int) -> None:
    paths = qr.write_sheet(tmp_path / "new" / "sheet", parts.to_texts(kind, blob(size)))
    assert len(paths) == files
    assert paths == sorted(paths)
    assert parts.collect(qr.read_images(reversed(paths))) == [(kind, blob(size))]
    assert len(list((tmp_path / "new" / "sheet").iterdir())) == files


@pytest.mark.parametrize(("text", "version"), [(ENVELOPE[0], 23), (INVITATION[0], 28), ("A" * 2520, 30)])
def test_the_versions_that_the_spec_promises(tmp_path: Path, text: str, version: int) -> None:
    qr.write_png(tmp_path / "code.png", text)
    with Image.open(tmp_path / "code.png") as image:
        assert image.width == image.height == (17 + 4 * version + 2 * qr.QUIET_ZONE) * qr.MODULE_PIXELS


def test_the_largest_part_still_fits_a_code(tmp_path: Path) -> None:
    texts = parts.to_texts(Kind.ENVELOPE, blob(4096), parts.LARGEST_PART_SIZE)
    assert len(texts) == 2
    assert parts.collect(qr.read_images(qr.write_sheet(tmp_path, texts))) == [(Kind.ENVELOPE, blob(4096))]
    with pytest.raises(Oversize):
        qr.write_png(tmp_path / "code.png", "A" * 4297)


def noisy(image: Image.Image) -> Image.Image:
    noise = Image.frombytes("L", image.size, blob(image.width * image.height))
    return Image.blend(image, noise, 0.35)


def in_a_corner(image: Image.Image) -> Image.Image:
    desk = Image.new("L", (2000, 1500), 140)
    desk.paste(image.resize((700, 700)), (1200, 700))
    return desk


def from_the_side(image: Image.Image) -> Image.Image:
    desk = Image.new("L", (1600, 1600), 140)
    desk.paste(image, (200, 200))
    tilt = (1, 0.02, 0, 0.01, 1, 0, 0.0001, 0.00005)  # the near edge is then about a fifth longer than the far one
    return desk.transform(desk.size, Image.Transform.PERSPECTIVE, tilt, Image.Resampling.BICUBIC, fillcolor=140)


DISTORTIONS: dict[str, Callable[[Image.Image], Image.Image]] = {
    "rotated a little": lambda image: image.rotate(7, Image.Resampling.BICUBIC, expand=True, fillcolor=255),
    "rotated much": lambda image: image.rotate(133, Image.Resampling.BICUBIC, expand=True, fillcolor=255),
    "upside down": lambda image: image.rotate(180),
    "smaller": lambda image: image.resize((500, 500), Image.Resampling.BILINEAR),
    "larger": lambda image: image.resize((1777, 1777), Image.Resampling.BICUBIC),
    "noisy": noisy,
    "blurred": lambda image: image.filter(ImageFilter.GaussianBlur(3)),
    "faint": lambda image: image.point([90 + value // 4 for value in range(256)]),
    "negative": ImageOps.invert,
    "in a corner": in_a_corner,
    "from the side": from_the_side,
    "all at once": lambda image: noisy(
        in_a_corner(image).rotate(3, Image.Resampling.BICUBIC, fillcolor=140).filter(ImageFilter.GaussianBlur(0.7))
    ),
}


@pytest.mark.parametrize("name", DISTORTIONS)
@pytest.mark.parametrize("text", [ENVELOPE[0], INVITATION[0]], ids=["envelope", "invitation"])
def test_what_a_camera_does_to_it(tmp_path: Path, name: str, text: str) -> None:
    qr.write_png(tmp_path / "code.png", text)
    with Image.open(tmp_path / "code.png") as image:
        DISTORTIONS[name](image.convert("L")).save(tmp_path / "photo.jpg", quality=80)
    assert qr.read_images([tmp_path / "photo.jpg"]) == [text]


def test_many_codes_in_one_picture(tmp_path: Path) -> None:
    paths = qr.write_sheet(tmp_path, parts.to_texts(Kind.ENVELOPE, blob(4096)))
    page = Image.new("L", (2000, 2000), 255)
    for index, path in enumerate(paths):
        with Image.open(path) as image:
            page.paste(image.convert("L"), (index % 2 * 1000, index // 2 * 1000))
    page.save(tmp_path / "page.png")
    assert parts.collect(qr.read_images([tmp_path / "page.png"])) == [(Kind.ENVELOPE, blob(4096))]


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA", "P", "1"])
def test_pictures_of_every_mode(tmp_path: Path, mode: str) -> None:
    qr.write_png(tmp_path / "code.png", ENVELOPE[0])
    with Image.open(tmp_path / "code.png") as image:
        image.convert("RGB").convert(mode).save(tmp_path / "other.png")
    assert qr.read_images([tmp_path / "other.png"]) == ENVELOPE


def test_a_see_through_background_is_paper(tmp_path: Path) -> None:
    qr.write_png(tmp_path / "code.png", ENVELOPE[0])
    with Image.open(tmp_path / "code.png") as image:
        ink = ImageOps.invert(image.convert("L"))
    black = Image.new("RGBA", ink.size, (0, 0, 0, 0))
    black.putalpha(ink)
    black.save(tmp_path / "clear.png")
    assert qr.read_images([tmp_path / "clear.png"]) == ENVELOPE


def test_a_phone_that_writes_several_frames(tmp_path: Path) -> None:
    qr.write_png(tmp_path / "code.png", ENVELOPE[0])
    with Image.open(tmp_path / "code.png") as image:
        image.convert("L").save(tmp_path / "photo.jpg", format="MPO", save_all=True, append_images=[image.convert("L")])
    assert qr.read_images([tmp_path / "photo.jpg"]) == ENVELOPE


def rasterised(drawing: str) -> Image.Image:
    """Draw what a terminal shows, with nothing taken from its theme: a cell is one wide and two high."""
    cells: list[list[tuple[int, int]]] = []
    for line in drawing.splitlines():
        match = re.fullmatch("\x1b\\[38;5;(\\d+);48;5;(\\d+)m([ \u2580\u2584\u2588]*)\x1b\\[0m", line)
        assert match, "every line brings its colours and takes them away again"
        ink, ground = ({"231": 255, "16": 0}[match[at]] for at in (1, 2))
        pairs = {" ": (ground, ground), "\u2580": (ink, ground), "\u2584": (ground, ink), "\u2588": (ink, ink)}
        cells.append([pairs[char] for char in match[3]])
    rows = [bytes(cell[half] for cell in row) for row in cells for half in (0, 1)]
    return Image.frombytes("L", (len(rows[0]), len(rows)), b"".join(rows))


@pytest.mark.parametrize("text", [ENVELOPE[0], INVITATION[0], "HELLO"], ids=["envelope", "invitation", "short"])
@pytest.mark.parametrize("theme", [0, 255], ids=["dark", "light"])
def test_the_terminal_form_can_be_read(tmp_path: Path, text: str, theme: int) -> None:
    modules = rasterised(qr.terminal(text))
    assert modules.getpixel((0, 0)) == 255  # the quiet zone is light, on any terminal
    window = Image.new("L", (modules.width * 5 + 100, modules.height * 5 + 100), theme)
    window.paste(modules.resize((modules.width * 5, modules.height * 5), Image.Resampling.NEAREST), (50, 50))
    window.save(tmp_path / "screen.png")
    assert qr.read_images([tmp_path / "screen.png"]) == [text]


def test_the_size_in_a_terminal() -> None:
    lines = [re.sub("\x1b[^m]*m", "", line) for line in qr.terminal(ENVELOPE[0]).splitlines()]
    assert len(lines) == 59
    assert {len(line) for line in lines} == {117}


@pytest.mark.parametrize("content", [b"", b"hello", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"GIF89a" + bytes(50)])
def test_a_file_that_is_not_a_picture(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "notes.png"
    path.write_bytes(content)
    with pytest.raises(ArmorDamaged, match=r"notes\.png is not a picture") as caught:
        qr.read_images([path])
    assert caught.value.hint


def test_damaged_pictures_are_refused_in_our_own_words(tmp_path: Path) -> None:
    qr.write_png(tmp_path / "code.png", "HELLO")
    whole = (tmp_path / "code.png").read_bytes()
    draw = random.Random(3)
    for _ in range(150):
        damaged = bytearray(whole[: draw.randrange(len(whole))] if draw.random() < 0.5 else whole)
        for _ in range(draw.randrange(4)):
            if damaged:
                damaged[draw.randrange(len(damaged))] = draw.randrange(256)
        (tmp_path / "code.png").write_bytes(damaged)
        try:
            assert qr.read_images([tmp_path / "code.png"]) == ["HELLO"]
        except ArmorDamaged:
            continue


def test_a_picture_that_is_not_there(tmp_path: Path) -> None:
    for path in (tmp_path / "none.png", tmp_path):
        with pytest.raises(ArmorDamaged):
            qr.read_images([path])


def test_no_code_in_any_picture(tmp_path: Path) -> None:
    Image.new("L", (300, 300), 255).save(tmp_path / "empty.png")
    with pytest.raises(ArmorDamaged, match=r"no QR code in empty\.png"):
        qr.read_images([tmp_path / "empty.png"])
    with pytest.raises(ArmorDamaged, match="no picture"):
        qr.read_images([])
    qr.write_png(tmp_path / "code.png", "HELLO")
    assert qr.read_images([tmp_path / "empty.png", tmp_path / "code.png"]) == ["HELLO"]


@pytest.mark.parametrize("side", [8100, 12000, 30000])
def test_pictures_that_would_fill_the_memory_are_refused(tmp_path: Path, side: int) -> None:
    import struct
    import zlib

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")
    (tmp_path / "bomb.png").write_bytes(bomb)
    with pytest.raises(ArmorDamaged, match=r"bomb\.png (is too large|has \d+ x \d+ pixels)"):
        qr.read_images([tmp_path / "bomb.png"])


@pytest.mark.skipif(os.name != "posix", reason="modes of files")
def test_files_are_for_their_owner_only(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        (path,) = qr.write_sheet(tmp_path / "sheet", ["HELLO"])
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_second_sheet_leaves_the_first_one_alone(tmp_path: Path) -> None:
    first = qr.write_sheet(tmp_path, ["ONE", "TWO"])
    assert qr.write_sheet(tmp_path, ["ONE", "TWO"]) == first
    second = qr.write_sheet(tmp_path, ["THREE", "FOUR"])
    assert qr.read_images(first + second) == ["ONE", "TWO", "THREE", "FOUR"]


def test_a_failed_write_leaves_nothing_and_keeps_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "code.png"
    qr.write_png(path, "OLD")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageFull):
        qr.write_png(path, "NEW")
    monkeypatch.undo()
    assert list(tmp_path.iterdir()) == [path]
    assert qr.read_images([path]) == ["OLD"]


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(TransportError):
        qr.write_png(tmp_path / "none" / "code.png", "HELLO")
    with pytest.raises(TransportError):
        qr.write_sheet(tmp_path / "file", ["HELLO"])


def test_images_cost_nothing_until_they_are_used() -> None:
    code = "import sys, backchannel.transport.qr; print({'segno', 'zxingcpp', 'PIL'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
