/**
 * Milliseconds until the next poll of a job: 1 s after a change, then longer while nothing changes, and at least a
 * sixtieth of the job's age, up to 30 s. In the first two minutes at most 2 s, so that the end of a short job is noticed.
 * `firstMs` replaces the 1 s.
 */
export function pollDelayMs(elapsedMs: number, quietPolls: number, firstMs = 1_000): number {
  const backoff = firstMs * 1.2 ** Math.min(quietPolls, 40);
  const delay = Math.max(backoff, elapsedMs / 60);
  return Math.round(Math.min(delay, elapsedMs < 120_000 ? 2_000 : 30_000));
}

/**
 * Milliseconds between two progress lines that stay: 2 s at first, a tenth of the job's age, at most ten minutes. The log of a pipeline
 * has every one of them, and the Pulumi CLI prints each twice there: at once and at the end.
 */
export function progressIntervalMs(elapsedMs: number): number {
  return Math.min(Math.max(2_000, elapsedMs / 10), 600_000);
}

/** The first delay in milliseconds, from the variable that azure-ai-ml reads for the same purpose (seconds). */
export function firstPollMs(env: NodeJS.ProcessEnv = process.env): number {
  const seconds = Number(env.AZUREML_RUN_POLLING_INTERVAL_MIN ?? Number.NaN);
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds * 1_000, 30_000) : 1_000;
}
