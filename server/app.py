"""The web application: every room's blueprint, health, and the two doors."""

from __future__ import annotations

from flask import Flask, Response, jsonify

from geo import http, map, ogc
from geo.deps import Deps
from geo.layers import tile as vector
from geo.ortho.flights import Flights
from geo.tile_cache import TileCache
from server import migrate
from server import tiles as tile_room
from server.door import Application, FrontDoor
from server.tiles import PublishedTiles
