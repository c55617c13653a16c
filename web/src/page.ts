// What the server put into the page for us: data and phrases, and the elements that we bring to life.

export type Bbox = readonly [number, number, number, number];

export interface LayerEntry {
  readonly id: string;
  readonly title: string;
  readonly minzoom: number;
  /** West, south, east, north in degrees; null when it holds nothing. */
  readonly extent: Bbox | null;
}

export interface PageData {
  readonly language: string;
  /** What links to pages end with, so that a chosen language goes along. */
  readonly suffix: string;
  /** The address that the server believes to have; absolute addresses in its documents begin with it. */
  readonly base: string;
  /** The path of that address, such as "" or "/geo": what our own addresses begin with. */
  readonly root: string;
  /** West, south, east, north in degrees. */
  readonly extent: Bbox;
  /** The town and whatever is published of other places: how far the map can be moved. */
  readonly reach: Bbox;
  readonly layers: readonly LayerEntry[];
  readonly flights: readonly string[];
  /** The catalog's revision that the page was made from. */
  readonly revision: number;
  /** Whether orthophotos are being made. */
  readonly making: boolean;
  /** Whether some layers are invented and others are not, so that each must say so. */
  readonly mixed: boolean;
  readonly phrases: Readonly<Record<string, string>>;
}

export function readPage(): PageData {
  // The server makes this JSON (geo/map/views.py); its shape is its promise.
  return JSON.parse(element("page-data").textContent ?? "") as PageData;
}

export function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no element #${id}.`);
  return found;
}

export function input(id: string): HTMLInputElement {
  const found = element(id);
  if (!(found instanceof HTMLInputElement)) throw new Error(`#${id} is no input.`);
  return found;
}

/** A new element with text, attributes and children; text is never read as markup. */
export function make(
  name: string,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly (Node | string)[]
): HTMLElement {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}
