"""How this installation runs: config/town.yaml and the environment, read once by `server`, frozen, passed in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from geo import config_file
from geo.config_file import Strict, Texts
from geo.confine.limits import Limits
from geo.errors import Misconfigured
from geo.geometry import LngLatBbox
from geo.texts import Text

type Language = Literal["pl", "en"]
_LANGUAGES: dict[str, Language] = {"pl": "pl", "en": "en"}
# One listens on these for everybody, but nobody can go there: where this machine itself can go instead.
_LOOPBACK = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared, not bound
_SMTP = re.compile(r"smtps?://([^\s@/]+@)?([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?/?", re.ASCII)
# Every link begins with it, in headers too, which take ASCII only.
_ADDRESS = re.compile(
    r"https?://([A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?(/[A-Za-z0-9._~-]+)*/?", re.ASCII
)


class Municipality(Strict):
    """Which gmina this is."""

    name: str
    # Seven digits as in TERC joined: voivodeship, powiat, gmina, kind.
    teryt: str = Field(pattern=r"^\d{7}$")
    # PRG files of the 2012 model name units instead of coding them.
    county: str
    voivodeship: str
    # Decimal degrees: west, south, east, north. Decides the axis order of every file that is loaded.
    extent: tuple[float, float, float, float]
    # Jednostki ewidencyjne of EGiB where they are not the gmina's own code: the districts of Warsaw, of Kraków.
    cadastral_units: tuple[Annotated[str, Field(pattern=r"^\d{6}_\d$")], ...] = ()

    @field_validator("extent")
    @classmethod
    def _in_order(cls, value: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
        west, south, east, north = value
        if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
            raise ValueError("four numbers in degrees: west, south, east, north")
        return value

    @property
    def bbox(self) -> LngLatBbox:
        """The extent with named sides."""
        return LngLatBbox(*self.extent)


class Publisher(Strict):
    """Who answers for the data."""

    name: str
    email: str
    url: str
    address: str = ""


class Pages(Strict):
    """Links that every page carries; a path on this host or an address of the office's own."""

    accessibility: str = "/dostepnosc"
    privacy: str = "/prywatnosc"


class Town(Strict):
    """config/town.yaml."""

    title: Texts
    municipality: Municipality
    publisher: Publisher
    pages: Pages = Pages()


class Settings(BaseModel):
    """Everything an installation decides. Paths are absolute."""

    model_config = ConfigDict(frozen=True)

    town: Town
    root: Path
    config_dir: Path
    data_dir: Path
    host: str = "127.0.0.1"
    port: int = 8080
    # Builds every absolute link; None means http://host:port, on this machine where the host stands for all addresses.
    public_url: str | None = None
    trusted_proxies: tuple[str, ...] = ()
    # smtp://user:password@host:587 or smtps://…; None: letters lie as files in the outbox.
    smtp_url: str | None = None
    # From whom letters come; None: the publisher's address.
    mail_from: str | None = None
    # None means the private cluster under data_dir.
    database_url: str | None = None
    public_database_url: str | None = None
    # None: the demo town belongs to a private cluster and to no other database.
    demo: bool | None = None
    # A share of the demo town's area and of every count in it; tests need no whole town.
    demo_scale: float = Field(default=1.0, gt=0, le=1)
    workers: int = 2
    # What the confined reader of a file from outside may take.
    limits: Limits = Limits()
    # In which the command line speaks; pages follow the reader.
    language: Language = "pl"

    @property
    def wants_demo(self) -> bool:
        """Whether the first start loads the demo town."""
        return self.database_url is None if self.demo is None else self.demo

    @property
    def outbox(self) -> Path:
        """Where letters lie as files when no mail server is configured."""
        return self.data_dir / "outbox"

    @property
    def base_url(self) -> str:
        """Without a final slash."""
        if self.public_url:
            return self.public_url.rstrip("/")
        host = _LOOPBACK.get(self.host, self.host)
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    @property
    def is_reached_from_here_alone(self) -> bool:
        """Whether the web server listens on this machine's own addresses only."""
        return self.host == "localhost" or (_is_address(self.host) and ip_address(self.host).is_loopback)

    @property
    def others_need_public_url(self) -> bool:
        """Whether we listen on every address without being told under which of them others reach us."""
        return self.public_url is None and self.host in _LOOPBACK


def load(environ: Mapping[str, str], root: Path) -> Settings:
    """The settings of a checkout. A variable that is set but empty counts as not set.

    Raises:
        Misconfigured: a file or a variable is wrong.
    """
    config_dir = Path(environ.get("GEO_CONFIG_DIR") or root / "config").resolve()
    return Settings(
        town=config_file.read(config_dir / "town.yaml", Town),
        root=root,
        config_dir=config_dir,
        data_dir=Path(environ.get("GEO_DATA_DIR") or root / "data" / "var").resolve(),
        host=environ.get("GEO_HOST") or "127.0.0.1",
        port=_number(environ, "GEO_PORT", 8080, 1, 65535),
        public_url=_public_url(environ),
        trusted_proxies=tuple(_proxies(environ)),
        smtp_url=_smtp_url(environ),
        mail_from=environ.get("GEO_MAIL_FROM") or None,
        database_url=environ.get("GEO_DATABASE_URL") or None,
        public_database_url=environ.get("GEO_PUBLIC_DATABASE_URL") or None,
        demo=None if not environ.get("GEO_DEMO") else environ["GEO_DEMO"] != "0",
        demo_scale=_share(environ, "GEO_DEMO_SCALE"),
        workers=_number(environ, "GEO_WORKERS", 2, 1, 64),
        limits=_limits(environ),
        language=language_of(environ),
    )


def language_of(environ: Mapping[str, str]) -> Language:
    """The language of the command line: `pl`, `en`, or either with a region as in `en_GB.UTF-8`.

    Raises:
        Misconfigured: GEO_LANG names another.
    """
    value = environ.get("GEO_LANG") or "pl"
    language = _LANGUAGES.get(re.split(r"[-_.@]", value.lower())[0])
    if language is None:
        known = ", ".join(_LANGUAGES)
        problem = Text("'{value}' is no language of the command line; known: {known}.", value=value, known=known)
        raise Misconfigured(where="GEO_LANG", problem=problem, remedy=Text("Correct or unset the variable."))
    return language


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def network(entry: str) -> IPv4Network | IPv6Network:
    """An entry of GEO_TRUSTED_PROXIES: an address, or a network as 10.0.0.0/8.

    Raises:
        Misconfigured: it is neither.
    """
    try:
        return ip_network(entry, strict=False)
    except ValueError as exc:
        problem = Text("'{value}' is no address and no network.", value=entry)
        remedy = Text("Write addresses such as 10.0.0.1 or 10.0.0.0/8, separated by commas.")
        raise Misconfigured(where="GEO_TRUSTED_PROXIES", problem=problem, remedy=remedy) from exc


def _proxies(environ: Mapping[str, str]) -> Iterator[str]:
    for entry in environ.get("GEO_TRUSTED_PROXIES", "").split(","):
        if entry.strip():
            yield str(network(entry.strip()))


def _public_url(environ: Mapping[str, str]) -> str | None:
    value = environ.get("GEO_PUBLIC_URL") or None
    if value is not None and not _ADDRESS.fullmatch(value):
        problem = Text("'{value}' is no address that a browser could open.", value=value)
        remedy = Text("Write it whole and without query, such as https://gis.example or https://example/map.")
        raise Misconfigured(where="GEO_PUBLIC_URL", problem=problem, remedy=remedy)
    return value


def _smtp_url(environ: Mapping[str, str]) -> str | None:
    value = environ.get("GEO_SMTP_URL") or None
    if value is not None and not _SMTP.fullmatch(value):
        # The value may hold a password, so it is not repeated.
        problem = Text("This is no address of a mail server.")
        remedy = Text("Write smtp://user:password@host:587 or smtps://user:password@host:465.")
        raise Misconfigured(where="GEO_SMTP_URL", problem=problem, remedy=remedy)
    return value


def _number(environ: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    value = environ.get(name) or str(default)
    if not (value.isascii() and value.isdecimal()) or not low <= int(value) <= high:
        problem = Text("'{value}' is no whole number from {low} to {high}.", value=value, low=low, high=high)
        raise Misconfigured(where=name, problem=problem, remedy=Text("Correct or unset the variable."))
    return int(value)


def _limits(environ: Mapping[str, str]) -> Limits:
    # Below these a reader could not even begin.
    sane = Limits()
    return Limits(
        memory_mb=_number(environ, "GEO_READER_MEMORY_MB", sane.memory_mb, 1024, 1 << 20),
        cpu_s=_number(environ, "GEO_READER_CPU_S", sane.cpu_s, 10, 1 << 20),
        silence_s=_number(environ, "GEO_READER_SILENCE_S", sane.silence_s, 10, 1 << 20),
        output_mb=_number(environ, "GEO_READER_OUTPUT_MB", sane.output_mb, 64, 1 << 24),
        written_mb=_number(environ, "GEO_READER_WRITTEN_MB", sane.written_mb, 64, 1 << 24),
        total_s=_number(environ, "GEO_READER_TOTAL_S", sane.total_s, 10, 1 << 24),
        without_walls=bool(_number(environ, "GEO_READER_WITHOUT_WALLS", 0, 0, 1)),
    )


def _share(environ: Mapping[str, str], name: str) -> float:
    value = environ.get(name) or "1"
    if not re.fullmatch(r"1(\.0+)?|0?\.[0-9]+", value) or not float(value):
        problem = Text("'{value}' is no share above 0 and up to 1.", value=value)
        raise Misconfigured(where=name, problem=problem, remedy=Text("Correct or unset the variable."))
    return float(value)
