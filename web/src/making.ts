// Waits for orthophotos that are being made: asks while any is, and tells when something was published.
import type { FlightProgress, Progress } from "./api";

export const ASK_EVERY_MS = 5_000;

export class Making {
  constructor(
    private readonly ask: () => Promise<Progress>,
    private readonly show: (progress: Progress) => void,
    private readonly published: (flights: readonly FlightProgress[]) => Promise<void>,
    private revision: number,
  ) {}

  watch(): void {
    setTimeout(() => void this.look(), ASK_EVERY_MS);
  }

  private async look(): Promise<void> {
    try {
      const progress = await this.ask();
      // The new ground first, so that it is there when the line goes.
      if (progress.revision !== this.revision) await this.published(progress.flights);
      this.revision = progress.revision;
      this.show(progress);
      if (isMaking(progress)) this.watch();
    } catch {
      // A server that restarts, or a map that is not ready: what was missed is made up for at the next look.
      this.watch();
    }
  }
}

export function isMaking({ promised, flights }: Progress): boolean {
  return promised || flights.some((flight) => flight.state !== "done");
}
