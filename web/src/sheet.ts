// The bottom sheet of narrow screens: peek, half, full. On wide screens it is a column and has no stops.

const STOPS = ["peek", "half", "full"] as const;
export type Stop = (typeof STOPS)[number];

const DRAG_PX = 24;

export class Sheet {
  private stop: Stop = "peek";

  constructor(
    private readonly sheet: HTMLElement,
    private readonly handle: HTMLElement,
    private readonly moved: () => void,
  ) {
    this.set("peek");
    handle.addEventListener("click", () => this.set(this.stop === "peek" ? "half" : "peek"));
    handle.addEventListener("keydown", (event) => {
      const step = { ArrowUp: 1, ArrowDown: -1 }[event.key];
      if (step === undefined) return;
      event.preventDefault();
      this.step(step);
    });
    this.followFinger();
  }

  set(stop: Stop): void {
    this.stop = stop;
    this.sheet.dataset["stop"] = stop;
    this.handle.setAttribute("aria-expanded", String(stop !== "peek"));
    this.moved();
  }

  private step(by: number): void {
    const next = STOPS[STOPS.indexOf(this.stop) + by];
    if (next) this.set(next);
  }

  private followFinger(): void {
    let start: number | null = null;
    this.handle.addEventListener("pointerdown", (event) => {
      start = event.clientY;
      this.handle.setPointerCapture(event.pointerId);
    });
    this.handle.addEventListener("pointerup", (event) => {
      const way = start === null ? 0 : start - event.clientY;
      start = null;
      if (Math.abs(way) < DRAG_PX) return;
      // A mouse's drag ends in a click, which would undo it. A finger's does not: the next click is a tap, and counts.
      const swallow = (click: Event): void => click.stopImmediatePropagation();
      this.handle.addEventListener("click", swallow, { capture: true });
      window.setTimeout(() => this.handle.removeEventListener("click", swallow, { capture: true }));
      this.step(Math.sign(way));
    });
  }
}
