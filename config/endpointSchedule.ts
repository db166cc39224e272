import { z } from "zod";
import { formatValue, type Problem } from "../azureml/problem";
import { required, setting, stringSetting } from "./setting";

/** Days in the order of a week. */
export const weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

export type Weekday = (typeof weekdays)[number];

const isTimeZone = (name: string): boolean => {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
};

/**
 * YAML 1.1 reads an unquoted 07:00 as a number and the key `on` as true, so the times are quoted texts and the keys are `from` and
 * `to`.
 */
const clockTime = (doc: string) =>
  stringSetting({
    doc,
    allowed: 'a time of day such as "07:00", in quotes',
    pattern: /^([01]\d|2[0-3]):[0-5]\d$/,
    defaultText: required,
  });

/** The setting `endpoint.schedule`. `npm run schedule` carries it out; the program itself ignores it. */
export const endpointSchedule = z.strictObject({
  from: clockTime("Time of day from which the endpoint exists."),
  to: clockTime("Time of day from which it does not; on the next day if it is earlier than from."),
  days: setting(
    {
      doc: "Days on which a period begins.",
      allowed: `a list of ${weekdays.join(", ")}`,
      defaultText: JSON.stringify(weekdays.slice(0, 5)),
    },
    z.array(z.enum(weekdays)).min(1),
  ).default(weekdays.slice(0, 5)),
  timeZone: setting(
    {
      doc: "Time zone of both times, with its daylight saving time.",
      allowed: "a name of the IANA database such as Europe/Berlin",
    },
    z.string().refine(isTimeZone),
  ).default("UTC"),
});

export type EndpointSchedule = z.output<typeof endpointSchedule>;

/** @param property full name of the setting. */
export function scheduleRules(property: string, { from, to }: EndpointSchedule): Problem[] {
  if (from !== to) return [];
  return [
    {
      property: `${property}.to`,
      seen: `${formatValue(to)}, the same as from`,
      allowed: "another time than from",
      remedy: "Correct it, or remove the schedule for an endpoint that always exists.",
    },
  ];
}
