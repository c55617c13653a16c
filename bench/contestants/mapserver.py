"""MapServer: OGC API Features of Debian's package, FastCGI behind nginx, on the plain tables."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from bench import nginx
from bench.contestants import POOL, WORKERS, Ask, Query, installed
from bench.servers import Launch
from bench.town import PLAIN_ROLE, Town

PROGRAM = Path("/usr/lib/cgi-bin/mapserv")
_CONFIG = 'CONFIG\n  MAPS\n    bench "{mapfile}"\n  END\nEND\n'
_MAP = """MAP
  NAME "bench"
  SIZE 256 256
  EXTENT 18.7 50.1 19.0 50.3
  PROJECTION "init=epsg:4326" END
  WEB METADATA
    "oga_enable_request" "*"
    "oga_title" "bench"
    "oga_onlineresource" "http://127.0.0.1:{port}/bench/ogcapi"
    "oga_max_limit" "20000"
    "oga_geometry_precision" "8"
  END END
{layers}
END
"""
_LAYER = """  LAYER
    NAME "{name}"
    TYPE {kind}
    STATUS ON
    TEMPLATE "none"
    CONNECTIONTYPE POSTGIS
    CONNECTION "host={host} user={user} dbname=geo"
    DATA "geom FROM bench.{name} USING UNIQUE id USING SRID=4326"
    PROCESSING "CLOSE_CONNECTION=DEFER"
    EXTENT 18.7 50.1 19.0 50.3
    PROJECTION "init=epsg:4326" END
    METADATA
      "oga_enable_request" "*"
      "gml_include_items" "all"
      "gml_featureid" "id"
      "gml_types" "auto"
      "oga_geometry_precision" "8"
    END
  END
"""
_LOCATION = """
        location / {{
            fastcgi_pass unix:{socket};
            fastcgi_param REQUEST_METHOD $request_method;
            fastcgi_param QUERY_STRING $query_string;
            fastcgi_param PATH_INFO $uri;
            fastcgi_param SCRIPT_NAME "";
            fastcgi_param SERVER_NAME 127.0.0.1;
            fastcgi_param SERVER_PORT {port};
        }}
"""


@dataclass(frozen=True)
class MapServer:
    """Eight processes, each with a connection that it keeps."""

    town: Town

    def launch(self, port: int) -> Launch:
        """A web server and the processes behind it, started by one small program."""
        installed(PROGRAM, "MapServer: left out, 'make bench' installs it (cgi-mapserver)")
        folder = self.town.data_dir / "mapserver"
        (folder / "files").mkdir(parents=True, exist_ok=True)
        mapfile, config, socket = folder / "bench.map", folder / "mapserver.conf", folder / "socket"
        host = self.town.database.place.socket_dir
        layers = [
            _LAYER.format(name=name, kind=kind, host=host, user=PLAIN_ROLE)
            for name, kind in {"addresses": "POINT", "parcels": "POLYGON"}.items()
        ]
        mapfile.write_text(_MAP.format(port=port, layers="".join(layers)), encoding="utf-8")
        config.write_text(_CONFIG.format(mapfile=mapfile), encoding="utf-8")
        front = nginx.command(folder, port, _LOCATION.format(socket=socket, port=port))
        command = [sys.executable, "-m", "bench.fastcgi", str(socket), str(WORKERS * POOL), str(PROGRAM), *front]
        ready = "/bench/ogcapi/collections/addresses/items?f=json&limit=1"
        return Launch(command, ready, {"MAPSERVER_CONFIG_FILE": str(config)})

    def query(self, ask: Ask) -> Query:
        """A page of GeoJSON; it reads no filters."""
        return f"/bench/ogcapi/collections/{ask.collection}/items", {"f": "json", **ask.parameters("", "")}
