// The line that says that orthophotos are being made, with a bar for each flight. The server writes it first.
import type { FlightProgress, Progress } from "./api";
import { isMaking } from "./making";
import { element, make } from "./page";
import type { Phrases } from "./phrases";

export class MakingLine {
  private readonly status = element("making-status");
  private readonly list = element("making-flights");

  constructor(private readonly phrases: Phrases) {}

  show(progress: Progress): void {
    const sentence = isMaking(progress) ? this.phrases.say("orthosMaking") : "";
    // Written anew, it would be read out anew.
    if (this.status.textContent !== sentence) this.status.textContent = sentence;
    this.list.replaceChildren(...progress.flights.filter(({ state }) => state !== "done").map((flight) => this.row(flight)));
  }

  private row({ id, title, progress }: FlightProgress): HTMLElement {
    const known = this.list.querySelector<HTMLElement>(`[data-flight="${CSS.escape(id)}"]`);
    const row = known ?? make("li", { "data-flight": id }, make("label", {}, make("span", {}, title), make("progress", { max: "1" })));
    row.querySelector("progress")?.setAttribute("value", String(progress));
    return row;
  }
}
