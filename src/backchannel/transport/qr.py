"""QR codes as pictures: the only place that writes, draws and reads images (spec 5.2.5).

The libraries are imported inside the functions, since loading them takes longer than most commands do.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import io
import os
import struct
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Final

from backchannel.errors import ArmorDamaged, BackchannelError, Oversize, StorageFull, TransportError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from PIL import Image
    from segno import QRCode

QUIET_ZONE: Final = 4
"""Light modules around a code: what the standard asks for, and what phones insist on."""

MODULE_PIXELS: Final = 8
"""A code of version 23 is then about 940 pixels wide: sharp on a screen, and on paper at any usual size."""

MAX_PIXELS: Final = 64_000_000
"""More than any but the largest phone sensors give, and at most some 200 MB to decode."""

# White on black from the fixed part of the palette, which no theme shifts.
_ABSOLUTE_COLOURS: Final = "\x1b[38;5;231;48;5;16m"
_RESET: Final = "\x1b[0m"


def write_png(path: Path, text: str) -> None:
    """Write a picture of one QR code, readable by its owner only, whole or not at all.

    Args:
        path: where; a file that is there is replaced.
        text: what the code says.

    Raises:
        Oversize: the text fits no QR code.
        StorageFull: there is no room.
        TransportError: it cannot be written there.
    """
    picture = io.BytesIO()
    _code(text).save(picture, kind="png", scale=MODULE_PIXELS, border=QUIET_ZONE)
    try:
        _write_private(path, picture.getvalue())
    except OSError as error:
        raise _refused(error, path) from error


def write_sheet(folder: Path, texts: Sequence[str]) -> list[Path]:
    """Write one numbered picture for each text.

    The names begin with a digest of the texts: the same sheet replaces itself, another one never does.

    Args:
        folder: where; made if it is not there.
        texts: what the codes say, in order.

    Returns:
        The files, in order.

    Raises:
        Oversize: a text fits no QR code.
        StorageFull: there is no room.
        TransportError: the folder cannot be written.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _refused(error, folder) from error
    digest = hashlib.sha256("\0".join(texts).encode()).hexdigest()[:8]
    width = len(str(len(texts)))
    paths = []
    for number, text in enumerate(texts, 1):
        path = folder / f"qr-{digest}-{number:0{width}}-of-{len(texts)}.png"
        write_png(path, text)
        paths.append(path)
    return paths


def terminal(text: str) -> str:
    """Return a QR code drawn with half blocks, two modules to a character.

    It brings its own colours, so that it is dark on light on every terminal; some phones refuse the inverse.

    Args:
        text: what the code says.

    Returns:
        Lines that end in a reset of the colours; the caller checks that the terminal is wide enough.

    Raises:
        Oversize: the text fits no QR code.
    """
    drawing = io.StringIO()
    _code(text).terminal(drawing, border=QUIET_ZONE, compact=True)
    return "".join(f"{_ABSOLUTE_COLOURS}{line}{_RESET}\n" for line in drawing.getvalue().splitlines())


def read_images(paths: Iterable[Path]) -> list[str]:
    """Return the text of every QR code in some pictures.

    A picture without a code is passed over as long as another has one: the parts that were collected say what is
    still missing, and a second photo of the same sheet is a good reason for the first to be blurred.

    Args:
        paths: PNG or JPEG files.

    Returns:
        The texts, picture by picture; a code that is seen twice is there twice.

    Raises:
        ArmorDamaged: a file is not a picture, or is too large, or no picture holds a code.
    """
    empty = []
    texts: list[str] = []
    for path in paths:
        found = _read_image(path)
        texts += found
        if not found:
            empty.append(path.name)
    if not texts:
        raise ArmorDamaged(
            f"no QR code in {', '.join(empty) or 'no picture'}",
            hint="Take the picture again: the whole code, with its white edge, sharp, from straight above.",
        )
    return texts


def _code(text: str) -> QRCode:
    import segno

    try:
        # Level L, raised by segno where the same size allows more: damage on a screen or a fresh print is rare, while
        # every step up in modules costs range. The check of each part finds what a reader gets wrong.
        return segno.make_qr(text, error="l", boost_error=True)
    except segno.DataOverflowError as error:
        raise Oversize(f"{len(text)} characters in one QR code", hint="Choose a smaller part size.") from error


def _read_image(path: Path) -> list[str]:
    import zxingcpp
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=("PNG", "JPEG")) as image:
                if image.width * image.height > MAX_PIXELS:
                    raise ArmorDamaged(
                        f"{path.name} has {image.width} x {image.height} pixels", hint="Save it at a smaller size."
                    )
                grey = _grey(image)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ArmorDamaged(f"{path.name} is too large a picture", hint="Save it at a smaller size.") from error
    except (OSError, SyntaxError, ValueError, EOFError, struct.error) as error:
        raise ArmorDamaged(
            f"{path.name} is not a picture that can be read", hint="Use a PNG or JPEG file that opens in a viewer."
        ) from error
    formats = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])
    barcodes = zxingcpp.read_barcodes(grey, formats=formats, text_mode=zxingcpp.TextMode.Plain)
    return [barcode.text for barcode in barcodes]


def _grey(image: Image.Image) -> Image.Image:
    from PIL import Image as Images

    if "A" in image.getbands() or "transparency" in image.info:
        # What is see-through lies on white paper; to drop the alpha would often leave black on black.
        coloured = image.convert("RGBA")
        paper = Images.new("RGBA", image.size, "white")
        paper.alpha_composite(coloured)
        return paper.convert("L")
    return image.convert("L")


def _write_private(path: Path, data: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".qr-", suffix=".tmp")  # mode 0600 from the start
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


def _refused(error: OSError, path: Path) -> BackchannelError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StorageFull(path.name)
    return TransportError(f"{path.name} cannot be written: {error.strerror}", hint="Choose another folder.")
