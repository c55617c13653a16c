// The only module that fetches. Every question has a time limit; every answer has a type.
import type { Feature, FeatureCollection, Point } from "geojson";
import type { StyleSpecification } from "maplibre-gl";

const LIMIT_MS = 10_000;

export interface HitProperties {
  readonly layer: string;
  readonly id: string;
  readonly kind_title: string;
  readonly label: string;
  readonly detail: string;
}

export interface Hit extends Feature<Point, HitProperties> {
  readonly bbox: [number, number, number, number];
}

export interface Fact {
  readonly layer: string;
  readonly layer_title: string;
  readonly id: string;
  readonly label: string;
  readonly rows: readonly { readonly title: string; readonly value: string }[];
  readonly link: string;
  readonly page: string;
  /** A point on it; null for what nobody has drawn. */
  readonly lng: number | null;
  readonly lat: number | null;
}

export interface FlightProgress {
  readonly id: string;
  readonly title: string;
  readonly name: string;
  readonly state: "queued" | "running" | "done";
  /** From 0 to 1. */
  readonly progress: number;
}

export interface Progress {
  readonly revision: number;
  /** Pictures are being painted that are not queued yet. */
  readonly promised: boolean;
  /** Those that are public or in the making. */
  readonly flights: readonly FlightProgress[];
}

/** An answer that is no success. */
export class Refusal extends Error {
  constructor(readonly status: number) {
    super(`HTTP ${status}`);
  }
}

export class Api {
  constructor(
    private readonly language: string,
    private readonly base: string,
  ) {}

  async search(query: string, signal: AbortSignal): Promise<readonly Hit[]> {
    const found = await get<FeatureCollection>(`/api/search?${this.parameters({ q: query, limit: "20" })}`, signal);
    return found.features as Hit[];
  }

  async here(lng: number, lat: number, zoom: number, signal: AbortSignal): Promise<readonly Fact[]> {
    const at = { lng: lng.toFixed(7), lat: lat.toFixed(7), zoom: zoom.toFixed(2) };
    return get<readonly Fact[]>(`/api/here?${this.parameters(at)}`, signal);
  }

  async feature(layer: string, id: string, signal: AbortSignal): Promise<Fact> {
    return get<Fact>(`/api/feature/${layer}/${encodeURIComponent(id)}?${this.parameters({})}`, signal);
  }

  /** The feature with its geometry, longitude first. */
  async geometry(fact: Fact, signal: AbortSignal): Promise<Feature> {
    return get<Feature>(`${fact.link}?f=json`, signal);
  }

  async progress(): Promise<Progress> {
    return get<Progress>(`/api/progress?${this.parameters({})}`, new AbortController().signal);
  }

  /** The style of the whole map, its addresses turned to the host that we were loaded from. */
  async style(theme: "light" | "dark"): Promise<StyleSpecification> {
    const response = await fetch(`/styles/town.json?theme=${theme}`, { signal: AbortSignal.timeout(LIMIT_MS) });
    if (!response.ok) throw new Refusal(response.status);
    const text = await response.text();
    // Behind a tunnel or another name, the page's own host is the one that answers; the CSP permits no other.
    return JSON.parse(text.replaceAll(`"${this.base}/`, `"${location.origin}/`)) as StyleSpecification;
  }

  private parameters(values: Readonly<Record<string, string>>): string {
    return new URLSearchParams({ ...values, lang: this.language }).toString();
  }
}

async function get<Answer>(address: string, signal: AbortSignal): Promise<Answer> {
  const response = await fetch(address, {
    headers: { Accept: "application/geo+json, application/json" },
    signal: AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]),
  });
  if (!response.ok) throw new Refusal(response.status);
  return (await response.json()) as Answer;
}
