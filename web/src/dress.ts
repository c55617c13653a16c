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
