import type { StyleSpecification } from "maplibre-gl";
import { expect, test } from "vitest";
import { additions, dress, repainted } from "./dress";

const STYLE: StyleSpecification = {
  version: 8,
  sources: {},
  layers: [
    { id: "paper", type: "background" },
    { id: "ortho-2019-1", type: "raster", source: "ortho-2019", metadata: { "geo:collection": "ortho-2019" } },
    { id: "ortho-2024-1", type: "raster", source: "ortho-2024", metadata: { "geo:collection": "ortho-2024" } },
    { id: "buildings-1", type: "fill", source: "buildings", metadata: { "geo:collection": "buildings", "geo:on-ortho": "hide" } },
    {
      id: "streets-1",
      type: "symbol",
      source: "streets",
      paint: { "text-color": "#333333" },
      metadata: { "geo:collection": "streets", "geo:paint-on-ortho": { "text-color": "#ffffff" } },
    },
  ],
};

const shown = (style: StyleSpecification): string[] =>
  style.layers.filter((layer) => layer.layout?.visibility !== "none").map((layer) => layer.id);

test("the drawn map hides every photograph", () => {
  expect(shown(dress(STYLE, { off: new Set(), ortho: "" }))).toEqual(["paper", "buildings-1", "streets-1"]);
});

test("a photograph hides areas and lights up the names above it", () => {
  const over = dress(STYLE, { off: new Set(), ortho: "ortho-2024" });

  expect(shown(over)).toEqual(["paper", "ortho-2024-1", "streets-1"]);
  expect(over.layers.at(-1)?.paint).toEqual({ "text-color": "#ffffff" });
  expect(STYLE.layers.at(-1)?.paint).toEqual({ "text-color": "#333333" });
});

test("a layer that is off stays off over a photograph", () => {
  expect(shown(dress(STYLE, { off: new Set(["streets"]), ortho: "ortho-2019" }))).toEqual(["paper", "ortho-2019-1"]);
});

test("a new flight's layer comes below what lies above it in the style", () => {
  const drawn = (id: string): boolean => !id.startsWith("ortho");

  const found = additions(STYLE, drawn, "selection").map(({ layer, below }) => [layer.id, below]);

  expect(found).toEqual([
    ["ortho-2024-1", "buildings-1"],
    ["ortho-2019-1", "ortho-2024-1"],
  ]);
  expect(additions(STYLE, (id) => id !== "streets-1", "selection").map(({ below }) => below)).toEqual(["selection"]);
});

test("only a flight with other pictures is drawn anew", () => {
  const made = (version: number): StyleSpecification => ({
    version: 8,
    layers: [],
    sources: {
      "ortho-2019": { type: "raster", tiles: ["/tiles/ortho-2019/1-a"] },
      "ortho-2024": { type: "raster", tiles: [`/tiles/ortho-2024/${version}-a`] },
      streets: { type: "vector", tiles: [`/tiles/streets/${version}-a`] },
    },
  });

  expect(repainted(made(1), made(2))).toEqual(["ortho-2024"]);
});
