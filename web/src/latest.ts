// Only the last question counts: asking anew gives up the one before.

export class Latest {
  private controller = new AbortController();

  /** Runs a question; null when it was overtaken by another one. Its own failure is passed on. */
  async run<Answer>(question: (signal: AbortSignal) => Promise<Answer>): Promise<Answer | null> {
    this.cancel();
    const { signal } = this.controller;
    try {
      const answer = await question(signal);
      return signal.aborted ? null : answer;
    } catch (error) {
      if (signal.aborted) return null;
      throw error;
    }
  }

  cancel(): void {
    this.controller.abort();
    this.controller = new AbortController();
  }
}
