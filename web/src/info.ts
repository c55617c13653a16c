// The panel that says in words what was chosen. Read out by screen readers as it changes.
import type { Fact } from "./api";
import { element, make } from "./page";
import type { Phrases } from "./phrases";

export class Info {
  private readonly content = element("info-content");
  private readonly title = element("info-title");
  private readonly section = element("info");

  constructor(
    private readonly phrases: Phrases,
    private readonly suffix: string,
    private readonly mixed: boolean,
    private readonly choose: (fact: Fact) => void,
    private readonly share: () => Promise<boolean>,
  ) {}

  say(key: string): void {
    this.section.dataset["state"] = key;
    this.content.replaceChildren(make("p", { class: "hint" }, this.phrases.say(key)));
  }

  /** One feature, or what lies at a place: the first in full, the others a line each to open. */
  show(facts: readonly Fact[], at: { readonly lng: number; readonly lat: number } | null): void {
    const [first, ...others] = facts;
    if (!first) {
      this.say("nothingHere");
    } else {
      this.section.dataset["state"] = "shown";
      this.content.replaceChildren(
        this.article(first),
        ...others.map((fact) => {
          const summary = make(
            "summary",
            {},
            make("span", { class: "other-name" }, fact.label),
            make("span", { class: "other-layer" }, fact.layer_title, ...this.tag(fact)),
          );
          const details = make("details", { class: "other" }, summary, this.rows(fact), this.links(fact));
          details.addEventListener("toggle", () => {
            if (details.hasAttribute("open")) this.choose(fact);
          });
          return details;
        }),
      );
    }
    this.title.textContent = this.phrases.say("infoTitle");
    if (at) this.content.append(this.place(at));
  }

  private place(at: { readonly lng: number; readonly lat: number }): HTMLElement {
    const degrees = { lat: at.lat.toFixed(5), lng: at.lng.toFixed(5) };
    return make("p", { class: "place" }, this.phrases.say("place", degrees));
  }

  private article(fact: Fact): HTMLElement {
    return make(
      "article",
      { class: "fact" },
      make("p", { class: "eyebrow" }, fact.layer_title, ...this.tag(fact)),
      make("h3", {}, fact.label),
      this.rows(fact),
      this.links(fact),
    );
  }

  /** Says of what is invented that it is, where other things are real. */
  private tag(fact: Fact): readonly HTMLElement[] {
    return this.mixed && fact.synthetic ? [make("span", { class: "tag" }, this.phrases.say("invented"))] : [];
  }

  private rows(fact: Fact): HTMLElement {
    const lines = fact.rows.map((row) => make("div", {}, make("dt", {}, row.title), make("dd", {}, row.value)));
    return make("dl", { class: "facts" }, ...lines);
  }

  private links(fact: Fact): HTMLElement {
    const copy = make("button", { type: "button", class: "link" }, this.phrases.say("linkHere"));
    copy.addEventListener("click", () => {
      void this.share().then((copied) => {
        copy.textContent = this.phrases.say(copied ? "copied" : "notCopied");
      });
    });
    const page = make("a", { href: `${fact.page}${this.suffix}` }, this.phrases.say("textPage"));
    return make("p", { class: "actions" }, page, copy);
  }
}
