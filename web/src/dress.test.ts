import type { StyleSpecification } from "maplibre-gl";
import { expect, test } from "vitest";
import { dress } from "./dress";

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
