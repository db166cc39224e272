import { type EndpointSchedule, type Weekday, weekdays } from "../../config/endpointSchedule";

/** The time of day in a time zone. */
interface LocalTime {
  day: Weekday;
  /** `07:05`. */
  time: string;
}

/** What a clock on the wall shows. Daylight saving time is the time zone database's, as Node contains it. */
export function localTime(now: Date, timeZone: string): LocalTime {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).formatToParts(now);
  const part = (type: Intl.DateTimeFormatPartTypes): string =>
    parts.find((one) => one.type === type)?.value ?? "";
  return {
    day: part("weekday").slice(0, 3).toLowerCase() as Weekday,
    time: `${part("hour")}:${part("minute")}`,
  };
}

/**
 * Whether the schedule asks for an endpoint at this time: from `from`, included, until `to`, excluded. A period that ends on the
 * next day belongs to the day on which it begins. A time that daylight saving time skips or repeats counts as the clock shows it.
 */
export function isScheduled(schedule: EndpointSchedule, now: Date): boolean {
  const { from, to, days, timeZone } = schedule;
  const { day, time } = localTime(now, timeZone);
  const before = weekdays[(weekdays.indexOf(day) + weekdays.length - 1) % weekdays.length] as Weekday;
  if (from < to) return days.includes(day) && time >= from && time < to;
  return (days.includes(day) && time >= from) || (days.includes(before) && time < to);
}

export type Switch = "on" | "off" | "keep";

interface Situation {
  /** Setting `endpoint.enabled`. */
  enabled: boolean;
  /** Setting `endpoint.schedule`. */
  schedule: EndpointSchedule | undefined;
  /** Whether the state has resources at all, and an endpoint. */
  deployed: boolean;
  hasEndpoint: boolean;
  now: Date;
}

interface Decision {
  /** What an update has to do about the endpoint. */
  action: Switch;
  /** Value of `endpoint.enabled` for an update at this time. */
  enabled: boolean;
  /** One sentence for people. */
  reason: string;
}

/** What to do now. A stack that was never deployed is left alone: the first update trains. */
export function decide({ enabled, schedule, deployed, hasEndpoint, now }: Situation): Decision {
  if (!schedule) return { action: "keep", enabled, reason: "It has no endpoint.schedule." };
  if (!enabled)
    return { action: "keep", enabled, reason: "endpoint.enabled is false, so the schedule does not apply." };
  const isOn = isScheduled(schedule, now);
  const { day, time } = localTime(now, schedule.timeZone);
  const { from, to, days, timeZone } = schedule;
  const when = `It is ${day} ${time} in ${timeZone}; the endpoint exists from ${from} to ${to} on ${days.join(", ")}.`;
  if (!deployed) return { action: "keep", enabled: isOn, reason: `${when} The stack is not deployed yet.` };
  if (isOn === hasEndpoint)
    return { action: "keep", enabled: isOn, reason: `${when} It ${isOn ? "exists" : "does not exist"}.` };
  return { action: isOn ? "on" : "off", enabled: isOn, reason: when };
}
