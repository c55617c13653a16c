"""Addresses of the map that several modules ask."""

PARCEL = "240802_1.0001.AR_3.123%2F4"


SPOKEN = ("/api/search?q=rynek+16", f"/api/feature/parcels/{PARCEL}", "/api/progress", "/tiles/parcels.json")


PAGES = ("/", "/szukaj?q=rynek", f"/obiekt/parcels/{PARCEL}", "/dane", "/dostepnosc")
