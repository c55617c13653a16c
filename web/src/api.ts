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

/** Without a box and a point: what nobody has drawn. */
export interface Hit extends Feature<Point | null, HitProperties> {
  readonly bbox?: [number, number, number, number];
}

export interface Found {
  readonly hits: readonly Hit[];
  /** What must be known of the hits, such as that a house number does not exist. */
  readonly note: string | null;
  /** More fit than are listed. */
  readonly more: boolean;
}

export interface Fact {
  readonly layer: string;
  readonly layer_title: string;
  readonly id: string;
  readonly label: string;
  readonly rows: readonly { readonly title: string; readonly value: string }[];
  readonly link: string;
  readonly page: string;
  /** Invented, for demonstration. */
  readonly synthetic: boolean;
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
    /** The path under which we were loaded, such as "" or "/geo". */
    private readonly root: string,
  ) {}

  async search(query: string, signal: AbortSignal): Promise<Found> {
    const asked = this.parameters({ q: query, limit: "20" });
    const found = await get<FeatureCollection<Point | null, HitProperties> & Omit<Found, "hits">>(`${this.root}/api/search?${asked}`, signal);
    return { hits: found.features as Hit[], note: found.note, more: found.more };
  }

  async here(lng: number, lat: number, zoom: number, signal: AbortSignal): Promise<readonly Fact[]> {
    const at = { lng: lng.toFixed(7), lat: lat.toFixed(7), zoom: zoom.toFixed(2) };
    return get<readonly Fact[]>(`${this.root}/api/here?${this.parameters(at)}`, signal);
  }

  async feature(layer: string, id: string, signal: AbortSignal): Promise<Fact> {
    return get<Fact>(`${this.root}/api/feature/${layer}/${encodeURIComponent(id)}?${this.parameters({})}`, signal);
  }

  /** The feature with its geometry, longitude first. */
  async geometry(fact: Fact, signal: AbortSignal): Promise<Feature> {
    return get<Feature>(`${fact.link}?f=json`, signal);
  }

  async progress(): Promise<Progress> {
    return get<Progress>(`${this.root}/api/progress?${this.parameters({})}`, new AbortController().signal);
  }

  /** The style of the whole map, its addresses turned to the host that we were loaded from. */
  async style(theme: "light" | "dark"): Promise<StyleSpecification> {
    const response = await fetch(`${this.root}/styles/town.json?theme=${theme}`, { signal: AbortSignal.timeout(LIMIT_MS) });
    if (!response.ok) throw new Refusal(response.status);
    const text = await response.text();
    // Behind a tunnel or another name, the page's own host is the one that answers; the CSP permits no other.
    return JSON.parse(text.replaceAll(`"${this.base}/`, `"${location.origin}${this.root}/`)) as StyleSpecification;
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
