"""OpenLayers on a page of its own reads a running town: WMTS, OGC API Tiles as vectors and as pictures."""

import pytest

from tests.e2e.conftest import ROOT

LIBRARY = ROOT / "web/node_modules/ol/dist/ol.js"
PAGE = (
    "<!doctype html><meta charset=utf-8><style>#map{width:512px;height:512px}</style><div id=map></div>"
    "<script src=/of-the-test/ol.js></script>"
)
SHOW = """async ([kind, url, lng, lat]) => {
    const of = {
        wmts: async () => {
            const text = await (await fetch(`${url}/wmts/1.0.0/WMTSCapabilities.xml`)).text();
            const told = new ol.format.WMTSCapabilities().read(text);
            const wanted = { layer: "ortho-2024", matrixSet: "WebMercatorQuad" };
            return new ol.layer.Tile({
                source: new ol.source.WMTS(ol.source.WMTS.optionsFromCapabilities(told, wanted)) });
        },
        pictures: async () => new ol.layer.Tile({ source: new ol.source.OGCMapTile({
            url: `${url}/ogc/collections/ortho-2024/tiles/WebMercatorQuad`, mediaType: "image/png" }) }),
        vectors: async () => new ol.layer.VectorTile({ source: new ol.source.OGCVectorTile({
            url: `${url}/ogc/collections/buildings/tiles/WebMercatorQuad`, format: new ol.format.MVT() }) }),
    };
    const layer = await of[kind]();
    const map = new ol.Map({ target: "map", layers: [layer], controls: [], pixelRatio: 1,
        view: new ol.View({ center: ol.proj.fromLonLat([lng, lat]), zoom: 17 }) });
    await new Promise((done, failed) => {
        layer.getSource().on("tileloaderror", () => failed(new Error("a tile was refused")));
        let loaded = 0;
        layer.getSource().on("tileloadend", () => loaded += 1);
        map.on("rendercomplete", () => loaded && done());
        layer.getSource().on("error", () => failed(new Error("the tileset was refused")));
    });
    const canvas = document.querySelector("#map canvas");
    const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    const colours = new Set();
    for (let at = 0; at < pixels.length; at += 4)
        if (pixels[at + 3]) colours.add(pixels[at] << 16 | pixels[at + 1] << 8 | pixels[at + 2]);
    const found = kind === "vectors" ? layer.getFeaturesInExtent(map.getView().calculateExtent()) : [];
    return { colours: colours.size, ids: [...new Set(found.map(one => one.getId()))],
        kinds: [...new Set(found.map(one => one.get("rodzaj_kst")))] };
}"""


@pytest.fixture
def show(new_page, app_url, house):
    """Shows one kind of layer around a house; the number of colours, and the ids of what was drawn."""
    assert LIBRARY.is_file(), "OpenLayers is not installed: run make test."

    def show_(kind):
        page = new_page()
        page.route("**/of-the-test/", lambda route: route.fulfill(body=PAGE, content_type="text/html"))
        page.route("**/of-the-test/ol.js", lambda route: route.fulfill(path=LIBRARY, content_type="text/javascript"))
        page.goto("/of-the-test/")
        return page.evaluate(SHOW, [kind, app_url, house["lng"], house["lat"]])

    return show_


@pytest.mark.parametrize("kind", ["wmts", "pictures"])
def test_the_orthophoto_is_drawn(show, kind):
    assert show(kind)["colours"] > 500


def test_buildings_are_drawn_as_vectors_with_their_fields(show):
    shown = show("vectors")

    assert len(shown["ids"]) > 3
    assert all(shown["kinds"])
    assert shown["colours"] > 1
