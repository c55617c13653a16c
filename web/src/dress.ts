// What the style looks like with some layers off, or over a photograph: a new style, made from the server's.
import type { LayerSpecification, StyleSpecification } from "maplibre-gl";

export interface Dress {
  readonly off: ReadonlySet<string>;
  readonly ortho: string;
}

interface Metadata {
  readonly "geo:collection"?: string;
  readonly "geo:on-ortho"?: "hide";
  readonly "geo:paint-on-ortho"?: Readonly<Record<string, unknown>>;
}

export function dress(style: StyleSpecification, worn: Dress): StyleSpecification {
  return { ...style, layers: style.layers.map((layer) => dressed(layer, worn)) };
}

/** The layers that a style has more than is drawn, each with the layer that it comes below; the topmost first. */
export function additions(
  style: StyleSpecification,
  drawn: (id: string) => boolean,
  top: string,
): readonly { readonly layer: LayerSpecification; readonly below: string }[] {
  return style.layers
    .map((layer, index) => ({ layer, below: style.layers[index + 1]?.id ?? top }))
    .filter(({ layer }) => !drawn(layer.id))
    .reverse();
}

/** The flights of which a newer style has other pictures. */
export function repainted(before: StyleSpecification, after: StyleSpecification): readonly string[] {
  const tiles = (style: StyleSpecification, id: string): string => {
    const source = style.sources[id];
    return source?.type === "raster" ? JSON.stringify(source.tiles) : "";
  };
  return Object.keys(before.sources).filter((id) => tiles(before, id) !== tiles(after, id));
}

function dressed(layer: LayerSpecification, { off, ortho }: Dress): LayerSpecification {
  // The server writes this metadata (geo/map/style.py).
  const metadata = (layer.metadata ?? {}) as Metadata;
  const collection = metadata["geo:collection"];
  if (collection === undefined) return layer;
  const shown =
    layer.type === "raster" ? collection === ortho : !off.has(collection) && !(ortho && metadata["geo:on-ortho"] === "hide");
  const paint = ortho ? { ...layer.paint, ...metadata["geo:paint-on-ortho"] } : layer.paint;
  const layout = { ...layer.layout, visibility: shown ? "visible" : "none" };
  return { ...layer, layout, ...(paint ? { paint } : {}) } as LayerSpecification;
}
