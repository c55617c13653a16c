// The switches beside the map: layers on and off, and the ground below them.

export interface Switched {
  readonly off: ReadonlySet<string>;
  readonly ortho: string;
}

export class Controls {
  private readonly layers = [...document.querySelectorAll<HTMLInputElement>("input[name=layer]")];
  private readonly grounds = [...document.querySelectorAll<HTMLInputElement>("input[name=ortho]")];

  constructor(changed: (switched: Switched) => void) {
    const read = (): void => changed(this.read());
    for (const control of [...this.layers, ...this.grounds]) control.addEventListener("change", read);
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

  private read(): Switched {
    return {
      off: new Set(this.layers.filter((layer) => !layer.checked).map((layer) => layer.value)),
      ortho: this.grounds.find((ground) => ground.checked)?.value ?? "",
    };
  }
}
