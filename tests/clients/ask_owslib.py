"""What OWSLib gets of a running town, as JSON: `ask_owslib.py ADDRESS COLLECTION`. Debian's interpreter runs it."""

import json
import sys

from owslib.ogcapi.features import Features

address, collection = sys.argv[1:]
service = Features(address)
box = [18.5, 50.0, 19.5, 50.5]
first = service.collection_items(collection, limit=7, bbox=box)
told = {
    "collections": service.feature_collections(),
    "openapi": service.api()["openapi"],
    "classes": len(service.conformance()["conformsTo"]),
    "count": service.collection(collection)["itemCount"],
    "queryables": list(service.collection_queryables(collection)["properties"]),
    "paged": [
        feature["id"]
        for offset in (0, 7, 14)
        for feature in service.collection_items(collection, limit=7, bbox=box, offset=offset)["features"]
    ],
    "sorted": [
        feature["properties"]["numer_porzadkowy"]
        for feature in service.collection_items(collection, limit=50, sortby="-numer_porzadkowy")["features"]
    ],
    "filtered": service.collection_items(collection, limit=1, filter="ACCENTI(miejscowosc) = 'Mikolow'")["features"],
    "one": service.collection_item(collection, first["features"][0]["id"])["id"],
}
print(json.dumps(told))  # noqa: T201 - whoever started it reads this
