// The search box: a combobox whose list stays beside the map. Arrows choose, Enter opens, Escape clears.
import type { Api, Found, Hit } from "./api";
import { Latest } from "./latest";
import { element, input, make } from "./page";
import type { Phrases } from "./phrases";

const PAUSE_MS = 140;
const NOTHING: Found = { hits: [], note: null, more: false };

export class Search {
  private readonly box = input("q");
  private readonly list = element("results");
  private readonly status = element("search-status");
  private readonly latest = new Latest();
  private hits: readonly Hit[] = [];
  private active = -1;
  private exact = true;
  private answered = "";
  private pause: number | undefined;

  constructor(
    private readonly api: Api,
    private readonly phrases: Phrases,
    private readonly choose: (hit: Hit) => void,
    private readonly opened: () => void,
  ) {
    this.box.setAttribute("role", "combobox");
    this.box.setAttribute("aria-controls", "results");
    this.box.setAttribute("aria-autocomplete", "list");
    this.list.setAttribute("role", "listbox");
    this.box.addEventListener("input", () => this.typed());
    this.box.addEventListener("keydown", (event) => this.key(event));
    this.box.form?.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.submit();
    });
    this.show(NOTHING);
    if (this.box.value.trim()) void this.ask();
  }

  private close(): void {
    this.list.hidden = true;
    this.box.setAttribute("aria-expanded", "false");
  }

  /** Folds away what was found and what was said of it: the map below needs the room. */
  leave(): void {
    this.close();
    this.status.textContent = "";
  }

  private typed(): void {
    window.clearTimeout(this.pause);
    this.pause = window.setTimeout(() => void this.ask(), PAUSE_MS);
  }

  private async ask(): Promise<void> {
    const query = this.box.value.trim();
    window.clearTimeout(this.pause);
    if (!query) {
      this.clear();
      return;
    }
    try {
      const found = await this.latest.run((signal) => this.api.search(query, signal));
      if (found === null) return;
      this.answered = query;
      this.show(found);
      this.status.textContent = found.note ?? this.counted(found);
    } catch {
      this.show(NOTHING);
      this.status.textContent = this.phrases.say("searchFailed");
    }
  }

  private counted({ hits, more }: Found): string {
    const n = hits.length;
    return more ? this.phrases.say("foundMore", { n }) : this.phrases.count("found", n);
  }

  private async submit(): Promise<void> {
    if (this.answered !== this.box.value.trim()) await this.ask();
    // Overtaken by more letters, or failed: what is listed answers another question.
    if (this.answered !== this.box.value.trim()) return;
    // What was not asked for word by word is chosen by hand.
    if (this.active >= 0 || this.exact) this.pick(Math.max(this.active, 0));
  }

  private clear(): void {
    this.latest.cancel();
    this.answered = "";
    this.status.textContent = "";
    this.show(NOTHING);
  }

  private key(event: KeyboardEvent): void {
    const steps: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 };
    const step = steps[event.key];
    if (step !== undefined && this.hits.length > 0) {
      event.preventDefault();
      this.open();
      // From the box itself (-1) down to the first, up to the last.
      const count = this.hits.length;
      this.activate(this.active < 0 ? (step > 0 ? 0 : count - 1) : (this.active + step + count) % count);
    } else if (event.key === "Escape") {
      event.preventDefault();
      this.box.value = "";
      this.clear();
    }
  }

  private show({ hits, note }: Found): void {
    this.hits = hits;
    this.exact = note === null;
    this.list.classList.remove("chosen");
    this.list.replaceChildren(...hits.map((hit, index) => this.option(hit, index)));
    if (hits.length > 0) this.open();
    else this.close();
    this.activate(-1);
  }

  private open(): void {
    this.list.hidden = false;
    this.opened();
    this.box.setAttribute("aria-expanded", "true");
  }

  private option(hit: Hit, index: number): HTMLElement {
    const { label, kind_title: kind, detail } = hit.properties;
    const option = make(
      "li",
      { role: "option", id: `result-${index}`, class: "result", "aria-selected": "false" },
      make("span", { class: "result-name" }, label),
      make("span", { class: "result-detail" }, detail ? `${kind}, ${detail}` : kind),
    );
    option.addEventListener("click", () => this.pick(index));
    return option;
  }

  private activate(index: number): void {
    this.active = index;
    for (const [place, option] of [...this.list.children].entries()) {
      option.setAttribute("aria-selected", String(place === index));
    }
    const chosen = this.list.children[index];
    if (chosen) {
      this.box.setAttribute("aria-activedescendant", chosen.id);
      chosen.scrollIntoView({ block: "nearest" });
    } else this.box.removeAttribute("aria-activedescendant");
  }

  private pick(index: number): void {
    const hit = this.hits[index];
    if (!hit) return;
    this.activate(index);
    // What was chosen now matters more than the list.
    this.list.classList.add("chosen");
    this.choose(hit);
  }
}
