/** When a job must have ended. */
export interface Deadline {
  /** `createdAt` of the job: ISO 8601, or empty. */
  createdAt: string;
  minutes: number;
}

/**
 * Whether an unfinished job is past its deadline. The service's time counts, from the job's creation; the clock of this machine
 * jumps when the machine wakes up. Without the service's times, or if they contradict each other, the time that this process has
 * followed the job counts instead.
 * @param serviceNow the time of the response that showed the job unfinished, in milliseconds since 1970
 * @param followedMs how long this process has followed the job, without the machine's sleep
 */
export function isPastDeadline(
  { createdAt, minutes }: Deadline,
  serviceNow: number | undefined,
  followedMs: number,
): boolean {
  const created = Date.parse(createdAt);
  // `Date` has whole seconds, so a new job can be a second younger than its response.
  const age = serviceNow === undefined ? Number.NaN : serviceNow - created;
  const isKnown = Number.isFinite(age) && age >= 0;
  return (isKnown ? age : followedMs) > minutes * 60_000;
}
