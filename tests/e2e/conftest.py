"""A real browser on the running application; it watches for console errors and foreign requests."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).parents[2]
SHOTS = Path(__file__).parent / "shots"
# Software drawing: the machines that test have no GPU.
FLAGS = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--headless"]
DESKTOP = {"width": 1280, "height": 800}
PATIENCE_MS = 60_000


@pytest.fixture(scope="session")
def app_url(request: pytest.FixtureRequest) -> str:
    """The address of a running geoportal with the demo town; GEO_E2E_URL names one that runs already."""
    return (os.environ.get("GEO_E2E_URL") or request.getfixturevalue("geoportal").url).rstrip("/")


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Chromium."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.fail("There is no Chromium: apt-get install chromium.")
    return path


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """One browser for all tests."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield running
        running.close()


@pytest.fixture
def new_page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Callable[..., Page]]:
    """Makes pages of one reader each; at the end nothing was logged as an error and no other host was asked."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def note_request(url: str, ours: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https") and parts.netloc != urlsplit(ours).netloc:
            complaints.append(f"asked another host: {url}")

    def new(**options: object) -> Page:
        settings = {"viewport": DESKTOP, "locale": "pl-PL", "reduced_motion": "reduce", **options}
        # Only who names no other town needs the demo town.
        ours = str(options.get("base_url") or request.getfixturevalue("app_url"))
        settings["base_url"] = ours
        context = browser.new_context(**settings)
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: message.type == "error" and complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda asked: note_request(asked.url, ours))
        return page

    yield new
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """A page on a desktop."""
    return new_page()


@pytest.fixture(scope="session")
def house(browser: Browser, app_url: str) -> dict[str, object]:
    """An address with a street of the town that is shown: its name, its street without marks, its place."""
    context = browser.new_context(base_url=app_url)
    items = context.request.get("/ogc/collections/addresses/items?limit=100&f=json").json()["features"]
    context.close()
    found = next(item for item in items if item["properties"]["ulica"])
    lng, lat = found["geometry"]["coordinates"]
    return {
        "id": found["id"],
        "street": found["properties"]["ulica"],
        "number": found["properties"]["numer_porzadkowy"],
        "lng": lng,
        "lat": lat,
    }


@pytest.fixture
def shot() -> Callable[[Page, str], None]:
    """Keeps a picture in tests/e2e/shots, for people to look at."""

    def shot_(page: Page, name: str) -> None:
        SHOTS.mkdir(exist_ok=True)
        page.screenshot(path=SHOTS / f"{name}.png")

    return shot_


def wait_for_map(page: Page) -> None:
    """Wait until everything is drawn. The attribute, not a function: the CSP permits no eval."""
    page.wait_for_selector("html[data-map-idle=true]", state="attached")


def drawn(page: Page, collection: str) -> int:
    """How many features of a collection the map shows now."""
    return page.evaluate(
        """async collection => {
            const map = document.getElementById("map").libre;
            // What was switched a moment ago counts once it is drawn.
            const idle = new Promise(done => map.once("idle", done));
            map.triggerRepaint();
            await idle;
            const layers = map.getStyle().layers.filter(l => l.source === collection).map(l => l.id);
            return map.queryRenderedFeatures({ layers }).length;
        }""",
        collection,
    )
