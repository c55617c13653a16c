// The switches beside the map: layers on and off, and the ground below them.

import { element, make, type Bbox, type LayerEntry } from "./page";

export interface Switched {
  readonly off: ReadonlySet<string>;
  readonly ortho: string;
}

export class Controls {
  private readonly layers = [...document.querySelectorAll<HTMLInputElement>("input[name=layer]")];
  private readonly shows = [...document.querySelectorAll<HTMLButtonElement>("button.layer-show")];
  private readonly grounds = [...document.querySelectorAll<HTMLInputElement>("input[name=ortho]")];

  constructor(
    private readonly changed: (switched: Switched) => void,
    private readonly show: (layer: string) => void,
  ) {
    for (const control of [...this.layers, ...this.grounds]) this.follow(control);
    for (const button of this.shows) button.addEventListener("click", () => this.show(button.value));
  }

  /** There is a map now, on which layers can be shown. */
  offerToShow(): void {
    for (const button of this.shows) button.hidden = false;
  }

  /** Offers one more ground, before those that come `later`. */
  addGround(id: string, kind: string, name: string, later: readonly string[]): void {
    const control = document.createElement("input");
    Object.assign(control, { type: "radio", name: "ortho", value: id });
    const words = make("span", {}, make("span", { class: "hidden-text" }, `${kind} `), name);
    const next = this.grounds.find((ground) => later.includes(ground.value));
    const grounds = element("grounds");
    grounds.insertBefore(make("label", {}, control, words), next?.closest("label") ?? null);
    grounds.hidden = false;
    this.grounds.push(control);
    this.follow(control);
  }

  set({ off, ortho }: Switched): void {
    for (const layer of this.layers) layer.checked = !off.has(layer.value);
    for (const ground of this.grounds) ground.checked = ground.value === ortho;
  }

  /** Tells which layers show nothing, because they lie outside of what is seen or because it is too far away. */
  moved(zoom: number, seen: Bbox, layers: readonly LayerEntry[]): void {
    for (const { id, minzoom, extent } of layers) {
      const item = document.querySelector<HTMLElement>(`[data-layer="${CSS.escape(id)}"]`);
      const aside = extent !== null && !meet(extent, seen);
      const hints = { aside, far: !aside && zoom < minzoom };
      for (const [name, told] of Object.entries(hints)) {
        const hint = item?.querySelector<HTMLElement>(`[data-hint="${name}"]`);
        if (hint) hint.hidden = !told;
      }
    }
  }

  private follow(control: HTMLInputElement): void {
    control.addEventListener("change", () => this.changed(this.read()));
  }

  private read(): Switched {
    return {
      off: new Set(this.layers.filter((layer) => !layer.checked).map((layer) => layer.value)),
      ortho: this.grounds.find((ground) => ground.checked)?.value ?? "",
    };
  }
}

/** Whether two boxes have a point in common. */
function meet(one: Bbox, other: Bbox): boolean {
  return one[0] <= other[2] && other[0] <= one[2] && one[1] <= other[3] && other[1] <= one[3];
}
