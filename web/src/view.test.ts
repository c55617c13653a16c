import { expect, test } from "vitest";
import { EMPTY_VIEW, readView, writeView } from "./view";

const LAYERS = ["streets", "parcels"];
const FLIGHTS = ["ortho-2019", "ortho-2024"];

test("a view survives the way through the address", () => {
  const view = {
    place: { zoom: 17.25, lat: 50.171234, lng: 18.901 },
    ortho: "ortho-2024",
    off: new Set(["parcels"]),
    feature: { layer: "parcels", id: "240802_1.0001.AR_3.123/4" },
  };

  const hash = writeView(view, LAYERS);

  expect(hash).toBe("#map=17.25/50.171234/18.901000&ortho=ortho-2024&layers=streets&f=parcels/240802_1.0001.AR_3.123%2F4");
  expect(readView(hash, LAYERS, FLIGHTS)).toEqual(view);
});

test.each(["", "#", "#nonsense", "#map=1/2", "#map=a/b/c", "#map=//", "#map=99/0/0", "#map=3/91/0", "#ortho=1066", "#f=owners/1", "#f=parcels/"])(
  "%s is an ordinary beginning",
  (hash) => {
    expect(readView(hash, LAYERS, FLIGHTS)).toEqual(EMPTY_VIEW);
  },
);

test("every layer can be off", () => {
  const view = { ...EMPTY_VIEW, off: new Set(LAYERS) };

  expect(readView(writeView(view, LAYERS), LAYERS, FLIGHTS).off).toEqual(new Set(LAYERS));
});
