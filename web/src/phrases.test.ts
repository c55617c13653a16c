import { expect, test } from "vitest";
import { makePhrases } from "./phrases";

const POLISH = {
  "found.one": "Znaleziono {n} miejsce",
  "found.few": "Znaleziono {n} miejsca",
  "found.many": "Znaleziono {n} miejsc",
  "found.other": "Znaleziono {n} miejsc",
  here: "Jesteś tu, z dokładnością do {metres} m.",
};

test.each([
  [1, "Znaleziono 1 miejsce"],
  [3, "Znaleziono 3 miejsca"],
  [12, "Znaleziono 12 miejsc"],
  [22, "Znaleziono 22 miejsca"],
])("Polish counts %i with its own form", (n, sentence) => {
  expect(makePhrases("pl", POLISH).count("found", n)).toBe(sentence);
});

test("values are filled in, and what is unknown stays", () => {
  const phrases = makePhrases("pl", POLISH);

  expect(phrases.say("here", { metres: 12 })).toBe("Jesteś tu, z dokładnością do 12 m.");
  expect(phrases.say("here")).toBe("Jesteś tu, z dokładnością do {metres} m.");
});
