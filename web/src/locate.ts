// Where the reader stands, if the browser may tell. The position never leaves the page.
import type { Phrases } from "./phrases";

export interface Position {
  readonly lng: number;
  readonly lat: number;
  readonly accuracy_m: number;
}

const LIMIT_MS = 15_000;

/** The position, or a sentence that says why there is none. */
export async function locate(phrases: Phrases): Promise<Position | string> {
  if (!("geolocation" in navigator)) return phrases.say("locateUnavailable");
  return new Promise((resolve) => {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => resolve({ lng: coords.longitude, lat: coords.latitude, accuracy_m: Math.round(coords.accuracy) }),
      (error) => resolve(phrases.say(error.code === error.PERMISSION_DENIED ? "locateDenied" : "locateUnavailable")),
      { enableHighAccuracy: true, timeout: LIMIT_MS, maximumAge: 0 },
    );
  });
}
