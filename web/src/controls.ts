// The switches beside the map: layers on and off, and the ground below them.

import { element, make } from "./page";

export interface Switched {
  readonly off: ReadonlySet<string>;
  readonly ortho: string;
}

export class Controls {
  private readonly layers = [...document.querySelectorAll<HTMLInputElement>("input[name=layer]")];
  private readonly grounds = [...document.querySelectorAll<HTMLInputElement>("input[name=ortho]")];

  constructor(private readonly changed: (switched: Switched) => void) {
    for (const control of [...this.layers, ...this.grounds]) this.follow(control);
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

  /** Tells which layers show nothing yet at this zoom. */
  zoomed(zoom: number, layers: readonly { readonly id: string; readonly minzoom: number }[]): void {
    for (const { id, minzoom } of layers) {
      const item = document.querySelector<HTMLElement>(`[data-layer="${CSS.escape(id)}"]`);
      const hint = item?.querySelector<HTMLElement>(".layer-hint");
      if (item && hint) {
        item.classList.toggle("too-far", zoom < minzoom);
        hint.hidden = zoom >= minzoom;
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
