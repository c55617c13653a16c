"""Files read as one would without thinking of attacks: outside the walls, to see that an attack works, and behind."""

import json
import shutil
import stat
import sys
import zipfile
from pathlib import Path

from geo.confine import Message


def vector(path):
    import pyogrio  # noqa: PLC0415 - each of these brings a GDAL of its own

    info, _, _, columns = pyogrio.raw.read(path, datetime_as_string=True)
    return {"layers": pyogrio.list_layers(path)[:, 0].tolist(), "fields": list(info["fields"]),
            "rows": [[str(value) for value in column] for column in columns]}  # fmt: skip


def raster(path):
    import rasterio  # noqa: PLC0415

    with rasterio.open(path) as dataset:
        side = min(dataset.width, 12_000)
        pixels = dataset.read(1, window=((0, side), (0, side)))
        return {"driver": dataset.driver, "bytes": pixels.nbytes, "first": int(pixels[0, 0])}


def xml(path):
    from lxml import etree  # noqa: PLC0415

    parser = etree.XMLParser(resolve_entities=True, load_dtd=True)
    return "".join(etree.parse(path, parser).getroot().itertext())


def expanded(path):
    """How many letters its text has for a parser that believes its entities."""
    from xml.parsers import expat  # noqa: PLC0415

    letters = []
    parser = expat.ParserCreate()
    parser.CharacterDataHandler = lambda text: letters.append(len(text))
    parser.Parse(Path(path).read_bytes(), True)
    return sum(letters)


def unpack(path):
    """As programs do that believe an archive: its names, its links, its sizes."""
    folder = (
        Path(path).parent / "work" / "unpacked" if (Path(path).parent / "work").exists() else Path(path).parent / "u"
    )
    folder.mkdir(parents=True)
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            target = folder / member.filename
            if stat.S_ISLNK(member.external_attr >> 16):
                target.symlink_to(archive.read(member).decode())
            else:
                with archive.open(member) as source, target.open("wb") as out:
                    shutil.copyfileobj(source, out)
    return {
        each.name: each.stat().st_size if each.stat().st_size > 1000 else each.read_text() for each in folder.iterdir()
    }


def text(path):
    return len(json.loads(Path(path).read_bytes())["features"][0]["properties"]["a"])


READERS = {each.__name__: each for each in (vector, raster, xml, expanded, unpack, text)}


def tried(reader, path):
    try:
        return READERS[reader](path)
    except Exception as exc:  # noqa: BLE001 - what a library says of it is what is asked for
        return f"refused: {exc}"


def begin(view, _arguments):
    def read(told, say):
        reader, name = told
        say(Message(tried(reader, str(view.file(name)))))

    return {"read": read}


if __name__ == "__main__":
    print(json.dumps([tried(*each) for each in json.loads(sys.argv[1])]))  # noqa: T201
