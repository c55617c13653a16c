import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { FlightProgress, Progress } from "./api";
import { ASK_EVERY_MS, Making } from "./making";

const FLIGHT: FlightProgress = { id: "ortho-2024", title: "Orthophoto 2024", name: "2024", state: "running", progress: 0.4 };
const RUNNING: Progress = { revision: 3, promised: false, flights: [FLIGHT] };
const PROMISED: Progress = { revision: 3, promised: true, flights: [] };
const DONE: Progress = { revision: 4, promised: false, flights: [{ ...FLIGHT, state: "done", progress: 1 }] };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

async function watched(answers: readonly (Progress | Error)[], published = vi.fn(() => Promise.resolve())) {
  const left = [...answers];
  const shown: Progress[] = [];
  const ask = vi.fn(() => {
    const answer = left.shift() ?? new Error("asked once too often");
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  });
  new Making(ask, (progress) => shown.push(progress), published, 3).watch();
  await vi.advanceTimersByTimeAsync(ASK_EVERY_MS * 10);
  return { ask, shown, published };
}

test("it asks while something is promised or runs, and then no more", async () => {
  const { ask, shown, published } = await watched([PROMISED, RUNNING, DONE]);

  expect(shown).toEqual([PROMISED, RUNNING, DONE]);
  expect(ask).toHaveBeenCalledTimes(3);
  expect(published.mock.calls).toEqual([[DONE.flights]]);
});

test("a server that does not answer is asked again", async () => {
  const { shown } = await watched([new Error("restarting"), DONE]);

  expect(shown).toEqual([DONE]);
});

test("what could not be taken up is taken up at the next look", async () => {
  const published = vi.fn(() => Promise.resolve()).mockRejectedValueOnce(new Error("the style is not loaded"));

  const { shown } = await watched([DONE, DONE], published);

  expect(published).toHaveBeenCalledTimes(2);
  expect(shown).toEqual([DONE]);
});
