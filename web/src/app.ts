// The conductor: knows what is shown, and lets search, panel, switches and map agree on it.
import type { Feature } from "geojson";
import type { Api, Fact, FlightProgress, Hit } from "./api";
import { Controls } from "./controls";
import { Info } from "./info";
import { Latest } from "./latest";
import { locate } from "./locate";
import { Making } from "./making";
import { MakingLine } from "./making-line";
import { element, type Bbox, type LayerEntry, type PageData } from "./page";
import type { Phrases } from "./phrases";
import { Search } from "./search";
import { Sheet } from "./sheet";
import type { TownMap } from "./town-map";
import { readView, writeView, type Place, type View } from "./view";

/** How long a sentence over the map stays. */
const MESSAGE_MS = 12_000;
/** As map.css has it: in letters, so that large ones get the room that a small screen gets. */
const NARROW = window.matchMedia("(max-width: 47.5em)");
const DARK = window.matchMedia("(prefers-color-scheme: dark)");

export class App {
  private readonly layerIds: readonly string[];
  private readonly latest = new Latest();
  private readonly controls: Controls;
  private readonly search: Search;
  private readonly info: Info;
  private readonly sheet: Sheet;
  private readonly message = element("map-message");
  private readonly layers: readonly LayerEntry[];
  private readonly flights: string[];
  private highlighted: readonly Feature[] = [];
  private pendingFlight: Bbox | null = null;
  private silence: number | undefined;
  private view: View;
  private map: TownMap | null = null;

  constructor(
    private readonly page: PageData,
    private readonly api: Api,
    private readonly phrases: Phrases,
  ) {
    this.layers = page.layers;
    this.layerIds = page.layers.map((layer) => layer.id);
    this.flights = [...page.flights];
    this.view = this.fromAddress();
    this.controls = new Controls((switched) => this.change(switched), (layer) => this.showLayer(layer));
    this.controls.set(this.view);
    this.info = new Info(phrases, page.suffix, page.mixed, (fact) => void this.draw(fact, null), () => this.share());
    this.search = new Search(api, phrases, (hit) => this.chosen(hit), () => this.makeRoom());
    this.sheet = new Sheet(element("sheet"), element("sheet-handle"), () => this.uncover());
    this.keepHashOnLanguageLinks();
    window.addEventListener("hashchange", () => this.goToAddress());
    if (this.view.feature) void this.openFeature(this.view.feature.layer, this.view.feature.id, !this.view.place);
  }

  async start(): Promise<void> {
    await this.drawMap();
    const line = new MakingLine(this.phrases);
    const making = new Making(() => this.api.progress(), (progress) => line.show(progress), (flights) => this.takeUp(flights), this.page.revision);
    if (this.page.making) making.watch();
  }

  private async drawMap(): Promise<void> {
    this.tell("mapLoading");
    try {
      // Both at once: neither waits for the other.
      const [{ TownMap: Drawn }, style] = await Promise.all([import("./town-map"), this.api.style(this.theme())]);
      const events = {
        moved: (place: Place) => this.moved(place),
        asked: (lng: number, lat: number, zoom: number) => void this.ask(lng, lat, zoom),
      };
      this.map = new Drawn(element("map"), style, this.page, this.view.place, this.view, this.phrases.say("mapName"), events);
    } catch (error) {
      // MapLibre's own error for a device without WebGL 2 has no class that outlives a lazy import.
      const blind = error instanceof Error && /webgl|gpu/i.test(`${error.name} ${error.message}`);
      this.tell(blind ? "noMap" : "mapFailed");
      document.documentElement.dataset["map"] = "none";
      return;
    }
    this.tell(null);
    this.wireTools(this.map);
    this.controls.offerToShow();
    this.controls.moved(this.map.place().zoom, this.map.seen(), this.layers);
    DARK.addEventListener("change", () => void this.api.style(this.theme()).then((style) => this.map?.restyle(style)));
    // For tests, and for whoever opens the console.
    Object.assign(element("map"), { libre: this.map.map });
    this.uncover();
    if (this.highlighted.length) this.map.highlight(this.highlighted);
    if (this.pendingFlight) this.map.fly(this.pendingFlight);
  }

  /** Something was published: flights that were not there become grounds of the map. */
  private async takeUp(flights: readonly FlightProgress[]): Promise<void> {
    const style = await this.api.style(this.theme());
    this.map?.adopt(style);
    const order = flights.map((flight) => flight.id);
    const added = flights.filter(({ id }) => id in style.sources && !this.flights.includes(id));
    for (const { id, name } of added) {
      this.flights.push(id);
      this.controls.addGround(id, this.phrases.say("ortho"), name, order.slice(order.indexOf(id) + 1));
    }
    // Without a map, the reason why must stay.
    if (this.map && added.length) this.tellSentence(added.map(({ title }) => this.phrases.say("orthoReady", { title })).join(" "));
  }

  private theme(): "light" | "dark" {
    return DARK.matches ? "dark" : "light";
  }

  private fromAddress(): View {
    return readView(location.hash, this.layerIds, this.flights);
  }

  private goToAddress(): void {
    const before = this.view;
    this.view = this.fromAddress();
    this.controls.set(this.view);
    this.map?.wear(this.view);
    if (this.view.place) this.map?.go(this.view.place);
    const { feature } = this.view;
    if (feature && (feature.layer !== before.feature?.layer || feature.id !== before.feature.id)) {
      void this.openFeature(feature.layer, feature.id, !this.view.place);
    }
  }

  private change(part: Partial<View>): void {
    this.view = { ...this.view, ...part };
    history.replaceState(null, "", writeView(this.view, this.layerIds));
    if ("off" in part || "ortho" in part) this.map?.wear(this.view);
  }

  private moved(place: Place): void {
    this.change({ place });
    if (this.map) this.controls.moved(place.zoom, this.map.seen(), this.layers);
    const turned = this.map !== null && (Math.abs(this.map.map.getBearing()) > 0.5 || this.map.map.getPitch() > 0.5);
    element("north").hidden = !turned;
  }

  private chosen(hit: Hit): void {
    const { layer, id } = hit.properties;
    if (hit.bbox) this.fly(hit.bbox);
    if (NARROW.matches) this.search.leave();
    void this.openFeature(layer, id, false);
  }

  private fly(bbox: Bbox): void {
    if (this.map) this.map.fly(bbox);
    else this.pendingFlight = bbox;
  }

  /** Flies to all of a layer, but no farther away than it is drawn; one that is off comes on. */
  private showLayer(id: string): void {
    const layer = this.layers.find((entry) => entry.id === id);
    if (!this.map || !layer?.extent) return;
    const off = new Set([...this.view.off].filter((other) => other !== id));
    this.change({ off });
    this.controls.set(this.view);
    if (NARROW.matches) {
      this.sheet.set("peek");
      // What had the focus is out of sight now.
      element("sheet-handle").focus();
    }
    this.map.flyToAll(layer.extent, layer.minzoom);
    this.tellSentence(this.phrases.say("layerShown", { title: layer.title }));
  }

  /** Says what a feature is, and draws it; moves the map there if asked. */
  private async openFeature(layer: string, id: string, move: boolean): Promise<void> {
    this.info.say("infoLoading");
    this.openSheet();
    const fact = await this.answer((signal) => this.api.feature(layer, id, signal));
    if (!fact) return;
    this.info.show([fact], null);
    if (move && fact.lng !== null && fact.lat !== null) this.fly([fact.lng, fact.lat, fact.lng, fact.lat]);
    await this.draw(fact, null);
  }

  /** Says what lies at a point. */
  private async ask(lng: number, lat: number, zoom: number): Promise<void> {
    this.info.say("infoLoading");
    this.openSheet();
    this.highlight([spot(lng, lat)]);
    const facts = await this.answer((signal) => this.api.here(lng, lat, zoom, signal));
    if (!facts) return;
    this.info.show(facts, { lng, lat });
    const [first] = facts;
    if (first) await this.draw(first, { lng, lat });
    else this.change({ feature: null });
  }

  private async answer<Answer>(question: (signal: AbortSignal) => Promise<Answer>): Promise<Answer | null> {
    try {
      return await this.latest.run(question);
    } catch {
      this.info.say("infoFailed");
      return null;
    }
  }

  private async draw(fact: Fact, at: { readonly lng: number; readonly lat: number } | null): Promise<void> {
    this.change({ feature: { layer: fact.layer, id: fact.id } });
    const point = at ?? fact;
    try {
      const feature = await this.latest.run((signal) => this.api.geometry(fact, signal));
      if (feature) this.highlight([feature]);
    } catch {
      // The words are there; where the outline cannot be had, the point stands for it.
      if (point.lng !== null && point.lat !== null) this.highlight([spot(point.lng, point.lat)]);
    }
  }

  private highlight(features: readonly Feature[]): void {
    this.highlighted = features;
    this.map?.highlight(features);
  }

  /** On a phone, results and sheet have no room beside each other. */
  private makeRoom(): void {
    if (NARROW.matches) this.sheet.set("peek");
  }

  private openSheet(): void {
    if (NARROW.matches) this.sheet.set("half");
  }

  private uncover(): void {
    if (this.map) this.map.cover(NARROW.matches ? Math.min(element("sheet").clientHeight, window.innerHeight / 2) : 0);
  }

  private async share(): Promise<boolean> {
    try {
      await navigator.clipboard.writeText(location.href);
      return true;
    } catch {
      return false;
    }
  }

  private wireTools(map: TownMap): void {
    element("tools").hidden = false;
    const on = (id: string, act: () => void): void => element(id).addEventListener("click", act);
    on("zoom-in", () => map.zoomBy(1));
    on("zoom-out", () => map.zoomBy(-1));
    on("north", () => map.turnNorth());
    on("locate", () => void this.findMe(map));
    const canvas = map.map.getCanvas();
    const crosshair = element("crosshair");
    canvas.addEventListener("keydown", () => (crosshair.hidden = false));
    for (const event of ["pointerdown", "blur"]) canvas.addEventListener(event, () => (crosshair.hidden = true));
    document.querySelector("[data-focus=map]")?.addEventListener("click", (event) => {
      event.preventDefault();
      canvas.focus();
    });
  }

  private async findMe(map: TownMap): Promise<void> {
    this.tell("locating");
    const position = await locate(this.phrases);
    if (typeof position === "string") this.tellSentence(position);
    else if (!map.contains(position.lng, position.lat)) this.tell("locateOutside");
    else {
      const { lng, lat, accuracy_m: metres } = position;
      this.tellSentence(this.phrases.say("located", { metres }));
      this.highlight([spot(lng, lat)]);
      map.fly([lng, lat, lng, lat], 17);
    }
  }

  private tell(key: string | null): void {
    this.tellSentence(key === null ? "" : this.phrases.say(key));
  }

  private tellSentence(sentence: string): void {
    this.message.textContent = sentence;
    this.message.classList.toggle("empty", sentence === "");
    window.clearTimeout(this.silence);
    // Without a map, the reason why must stay.
    if (this.map && sentence) this.silence = window.setTimeout(() => this.tell(null), MESSAGE_MS);
  }

  private keepHashOnLanguageLinks(): void {
    for (const link of document.querySelectorAll<HTMLAnchorElement>("a[data-keep-hash]")) {
      link.addEventListener("click", () => (link.hash = location.hash));
    }
  }
}

function spot(lng: number, lat: number): Feature {
  return { type: "Feature", properties: {}, geometry: { type: "Point", coordinates: [lng, lat] } };
}
