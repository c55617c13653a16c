// What is chosen, drawn above everything: an area, a line or a point, and the spot that was clicked.
import type { Feature, FeatureCollection } from "geojson";
import { GeoJSONSource, type Map as LibreMap } from "maplibre-gl";

const SOURCE = "selection";
/** The lowest of its layers: everything else comes below. */
export const LOWEST = "selection-area";
const NOTHING: FeatureCollection = { type: "FeatureCollection", features: [] };

export class Selection {
  private features: FeatureCollection = NOTHING;

  constructor(private readonly map: LibreMap) {}

  /** Adds the layers to a style that was just loaded. Colours are the page's own. */
  install(): void {
    const page = getComputedStyle(document.documentElement);
    const colour = page.getPropertyValue("--selection").trim();
    const edge = page.getPropertyValue("--selection-edge").trim();
    this.map.addSource(SOURCE, { type: "geojson", data: this.features });
    this.map.addLayer({ id: LOWEST, type: "fill", source: SOURCE, filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": colour, "fill-opacity": 0.14 } });
    const lines = ["!=", ["geometry-type"], "Point"] as ["!=", ["geometry-type"], string];
    this.map.addLayer({ id: "selection-edge", type: "line", source: SOURCE, filter: lines, layout: { "line-join": "round", "line-cap": "round" }, paint: { "line-color": edge, "line-width": 6.5, "line-opacity": 0.9 } });
    this.map.addLayer({ id: "selection-line", type: "line", source: SOURCE, filter: lines, layout: { "line-join": "round", "line-cap": "round" }, paint: { "line-color": colour, "line-width": 3 } });
    this.map.addLayer({ id: "selection-point", type: "circle", source: SOURCE, filter: ["==", ["geometry-type"], "Point"], paint: { "circle-color": colour, "circle-radius": 7, "circle-stroke-color": edge, "circle-stroke-width": 2.5 } });
  }

  show(features: readonly Feature[]): void {
    this.features = { type: "FeatureCollection", features: [...features] };
    const source = this.map.getSource(SOURCE);
    if (source instanceof GeoJSONSource) source.setData(this.features);
  }
}
