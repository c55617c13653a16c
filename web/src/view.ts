// What the map shows, as a value, and its writing in the address: #map=15/50.17/18.90&ortho=ortho-2024&layers=a,b&f=parcels/1.

export interface Place {
  readonly zoom: number;
  readonly lat: number;
  readonly lng: number;
}

export interface FeatureRef {
  readonly layer: string;
  readonly id: string;
}

export interface View {
  readonly place: Place | null;
  /** The flight that is shown; empty for the drawn map. */
  readonly ortho: string;
  /** The layers that are switched off. */
  readonly off: ReadonlySet<string>;
  readonly feature: FeatureRef | null;
}

export const EMPTY_VIEW: View = { place: null, ortho: "", off: new Set(), feature: null };

export function readView(hash: string, layers: readonly string[], flights: readonly string[]): View {
  const values = new URLSearchParams(hash.replace(/^#/, ""));
  const ortho = values.get("ortho") ?? "";
  const shown = values.get("layers");
  const on = new Set(shown?.split(",") ?? layers);
  return {
    place: readPlace(values.get("map")),
    ortho: flights.includes(ortho) ? ortho : "",
    off: new Set(layers.filter((layer) => !on.has(layer))),
    feature: readFeature(values.get("f"), [...layers, ...flights]),
  };
}

function readPlace(text: string | null): Place | null {
  const numbers = (text ?? "").split("/").map((part) => (part.trim() === "" ? NaN : Number(part)));
  const [zoom = NaN, lat = NaN, lng = NaN] = numbers;
  const fits = zoom >= 0 && zoom <= 24 && Math.abs(lat) <= 85 && Math.abs(lng) <= 180;
  return numbers.length === 3 && fits ? { zoom, lat, lng } : null;
}

function readFeature(text: string | null, known: readonly string[]): FeatureRef | null {
  const slash = text?.indexOf("/") ?? -1;
  if (!text || slash < 1) return null;
  const layer = text.slice(0, slash);
  // URLSearchParams has decoded the id already; a slash inside it belongs to it.
  const id = text.slice(slash + 1);
  return known.includes(layer) && id ? { layer, id } : null;
}

export function writeView(view: View, layers: readonly string[]): string {
  const parts: string[] = [];
  if (view.place) {
    const { zoom, lat, lng } = view.place;
    parts.push(`map=${round(zoom, 2)}/${lat.toFixed(6)}/${lng.toFixed(6)}`);
  }
  if (view.ortho) parts.push(`ortho=${encodeURIComponent(view.ortho)}`);
  if (view.off.size > 0) parts.push(`layers=${layers.filter((layer) => !view.off.has(layer)).join(",")}`);
  if (view.feature) parts.push(`f=${view.feature.layer}/${encodeURIComponent(view.feature.id)}`);
  return `#${parts.join("&")}`;
}

function round(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)));
}
