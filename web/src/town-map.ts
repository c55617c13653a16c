// The drawn map. Loaded after the page; the only module that drives MapLibre.
import type { Feature } from "geojson";
import { Map as LibreMap, ScaleControl, setWorkerUrl, type LngLatBoundsLike, type StyleSpecification } from "maplibre-gl";
import "maplibre-gl/dist/maplibre-gl.css";
// Without this address MapLibre's worker never starts, and says nothing of it.
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import { additions, dress, repainted, type Dress } from "./dress";
import type { Bbox, PageData } from "./page";
import { LOWEST, Selection } from "./selection";
import type { Place } from "./view";

setWorkerUrl(workerUrl);

/** How far beyond the town the map may be moved, in degrees. */
const MARGIN = 0.12;

export interface TownMapEvents {
  moved(place: Place): void;
  asked(lng: number, lat: number, zoom: number): void;
}

export class TownMap {
  readonly map: LibreMap;
  private readonly selection: Selection;
  private worn: Dress;

  constructor(
    container: HTMLElement,
    private style: StyleSpecification,
    page: PageData,
    start: Place | null,
    worn: Dress,
    name: string,
    events: TownMapEvents,
  ) {
    const [west, south, east, north] = page.extent;
    // A layer of another place is part of the map too.
    const reach = page.reach;
    this.worn = worn;
    this.map = new LibreMap({
      container,
      style: dress(style, worn),
      ...(start ? { center: [start.lng, start.lat] as [number, number], zoom: start.zoom } : { bounds: [west, south, east, north] as LngLatBoundsLike, fitBoundsOptions: { padding: 24 } }),
      maxBounds: [reach[0] - MARGIN, reach[1] - MARGIN, reach[2] + MARGIN, reach[3] + MARGIN],
      minZoom: 9,
      maxZoom: 20.5,
      maxPitch: 60,
      attributionControl: false,
      locale: { "Map.Title": name },
      // Ours are all fresh or immutable: no need to look at each tile's date.
      refreshExpiredTiles: false,
    });
    this.selection = new Selection(this.map);
    this.map.addControl(new ScaleControl({ maxWidth: 120, unit: "metric" }), "bottom-left");
    this.map.on("style.load", () => this.selection.install());
    this.map.on("moveend", () => events.moved(this.place()));
    this.map.on("click", ({ lngLat }) => events.asked(lngLat.lng, lngLat.lat, this.map.getZoom()));
    this.map.on("error", ({ error }) => console.warn(error.message));
    this.watchIdle();
    this.answerKeys(events);
  }

  place(): Place {
    const { lng, lat } = this.map.getCenter();
    return { zoom: this.map.getZoom(), lat, lng };
  }

  go(place: Place): void {
    this.map.jumpTo({ center: [place.lng, place.lat], zoom: place.zoom });
  }

  /** Flies to a point or a box in degrees, no nearer than suits a house. */
  fly(bbox: Bbox, zoom = 18): void {
    const [west, south, east, north] = bbox;
    this.map.fitBounds([west, south, east, north], { maxZoom: zoom, padding: 48, maxDuration: 1400 });
  }

  /** Flies to all of a box in degrees; to its middle where the whole would be seen from farther than `farthest`. */
  flyToAll([west, south, east, north]: Bbox, farthest: number): void {
    const camera = this.map.cameraForBounds([west, south, east, north], { maxZoom: 18, padding: 48 });
    if (!camera) return;
    const whole = camera.zoom ?? farthest;
    // Things fade in: at the very zoom where they begin they cannot be seen.
    this.map.flyTo({ ...camera, zoom: whole < farthest ? farthest + 1 : whole, maxDuration: 1400 });
  }

  /** What the map shows, in degrees. */
  seen(): Bbox {
    const bounds = this.map.getBounds();
    return [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
  }

  contains(lng: number, lat: number): boolean {
    return this.map.getMaxBounds()?.contains([lng, lat]) ?? true;
  }

  zoomBy(step: number): void {
    this.map.zoomTo(this.map.getZoom() + step);
  }

  turnNorth(): void {
    this.map.easeTo({ bearing: 0, pitch: 0 });
  }

  /** Keeps the centre clear of what covers the map's lower edge, in pixels. */
  cover(bottom: number): void {
    if (this.map.getPadding().bottom === bottom) return;
    this.map.setPadding({ top: 0, right: 0, left: 0, bottom });
  }

  wear(worn: Dress): void {
    this.worn = worn;
    const dressed = dress(this.style, worn);
    for (const layer of dressed.layers) {
      const shown = layer.layout?.visibility ?? "visible";
      if ((this.map.getLayoutProperty(layer.id, "visibility") ?? "visible") !== shown) {
        this.map.setLayoutProperty(layer.id, "visibility", shown);
      }
      for (const [property, value] of Object.entries(layer.paint ?? {})) {
        this.map.setPaintProperty(layer.id, property as Parameters<LibreMap["setPaintProperty"]>[1], value, { validate: false });
      }
    }
  }

  restyle(style: StyleSpecification): void {
    this.style = style;
    this.map.setStyle(dress(style, this.worn), { diff: false });
  }

  /** Takes up what a newer style has more, and newer pictures of a flight; whatever is drawn stays. */
  adopt(style: StyleSpecification): void {
    const worn = dress(style, this.worn);
    for (const id of repainted(this.style, style)) {
      for (const layer of this.style.layers) if ("source" in layer && layer.source === id) this.map.removeLayer(layer.id);
      this.map.removeSource(id);
    }
    this.style = style;
    for (const [id, source] of Object.entries(style.sources)) if (!this.map.getSource(id)) this.map.addSource(id, source);
    for (const { layer, below } of additions(worn, (id) => this.map.getLayer(id) !== undefined, LOWEST)) this.map.addLayer(layer, below);
  }

  highlight(features: readonly Feature[]): void {
    this.selection.show(features);
  }

  /** Tells the page, and tests, whether everything is drawn. */
  private watchIdle(): void {
    const root = document.documentElement;
    this.map.on("idle", () => {
      root.dataset["mapIdle"] = "true";
      if (performance.getEntriesByName("map-idle").length === 0) performance.mark("map-idle");
    });
    for (const event of ["movestart", "dataloading", "styledata"] as const) {
      this.map.on(event, () => {
        delete root.dataset["mapIdle"];
        // MapLibre says idle only after drawing, and not everything that begins ends with a drawing.
        this.map.triggerRepaint();
      });
    }
  }

  private answerKeys(events: TownMapEvents): void {
    this.map.getCanvas().addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      const { zoom, lat, lng } = this.place();
      events.asked(lng, lat, zoom);
    });
  }
}
