// Starts the page: search and panel at once, the map as soon as it is loaded.
import "./fonts.css";
import "./frame.css";
import "./map.css";
import { Api } from "./api";
import { App } from "./app";
import { makePhrases } from "./phrases";
import { readPage } from "./page";

// Text pages share the style sheet and need no script.
if (document.getElementById("page-data")) {
  const page = readPage();
  const app = new App(page, new Api(page.language, page.base, page.root), makePhrases(page.language, page.phrases));
  void app.start();
}
