import type { EndpointSchedule } from "../../../config/endpointSchedule";
import { decide, isScheduled } from "../../../operations/schedule/decision";
import { withEndpoint } from "../../../operations/schedule/settings";

const office: EndpointSchedule = {
  from: "07:00",
  to: "19:00",
  days: ["mon", "tue", "wed", "thu", "fri"],
  timeZone: "Europe/Berlin",
};
const at = (time: string, schedule: Partial<EndpointSchedule> = {}): boolean =>
  isScheduled({ ...office, ...schedule }, new Date(time));

describe("a schedule", () => {
  test("includes its first minute and excludes its last, in its own time zone", () => {
    // Monday 5 January 2026; Berlin is one hour ahead of UTC.
    expect(at("2026-01-05T05:59:59Z")).toBe(false);
    expect(at("2026-01-05T06:00:00Z")).toBe(true);
    expect(at("2026-01-05T17:59:59Z")).toBe(true);
    expect(at("2026-01-05T18:00:00Z")).toBe(false);
    expect(at("2026-01-05T06:00:00Z", { timeZone: "America/New_York" })).toBe(false);
    expect(at("2026-01-05T12:00:00Z", { timeZone: "America/New_York" })).toBe(true);
  });

  test("follows daylight saving time: the same time of day is another time in UTC", () => {
    // The Fridays before and the Mondays after the changes of 2026.
    expect(at("2026-03-27T05:30:00Z")).toBe(false);
    expect(at("2026-03-30T05:30:00Z")).toBe(true);
    expect(at("2026-10-23T05:30:00Z")).toBe(true);
    expect(at("2026-10-26T05:30:00Z")).toBe(false);
  });

  test("counts a skipped or repeated hour as the clock shows it", () => {
    const night = { from: "02:30", to: "03:30", days: ["sun" as const] };
    // 29 March 2026: the clock jumps from 02:00 to 03:00, so 02:30 never comes and the period begins at 03:00.
    expect(at("2026-03-29T00:59:00Z", night)).toBe(false);
    expect(at("2026-03-29T01:00:00Z", night)).toBe(true);
    expect(at("2026-03-29T01:30:00Z", night)).toBe(false);
    // 25 October 2026: 02:30 comes twice.
    expect(at("2026-10-25T00:30:00Z", night)).toBe(true);
    expect(at("2026-10-25T01:15:00Z", night)).toBe(false);
    expect(at("2026-10-25T01:30:00Z", night)).toBe(true);
  });

  test("has the weekday of its time zone, not that of UTC", () => {
    const noon = { from: "00:00", to: "12:00" };
    // Sunday 23:30 UTC is Monday in Berlin; Friday 23:30 UTC is Saturday.
    expect(at("2026-01-04T23:30:00Z", noon)).toBe(true);
    expect(at("2026-01-09T23:30:00Z", noon)).toBe(false);
  });

  test("may end on the next day, which then belongs to the day on which it begins", () => {
    const late = { from: "20:00", to: "02:00", days: ["fri" as const], timeZone: "UTC" };
    expect(at("2026-01-09T21:00:00Z", late)).toBe(true);
    expect(at("2026-01-10T01:59:00Z", late)).toBe(true);
    expect(at("2026-01-10T02:00:00Z", late)).toBe(false);
    expect(at("2026-01-10T21:00:00Z", late)).toBe(false);
    // The night from Sunday to Monday begins on a Sunday.
    expect(at("2026-01-12T01:00:00Z", { ...late, days: ["mon"] })).toBe(false);
    expect(at("2026-01-12T01:00:00Z", { ...late, days: ["sun"] })).toBe(true);
  });
});

describe("the decision", () => {
  const situation = { enabled: true, schedule: office, deployed: true, hasEndpoint: true };
  const day = new Date("2026-01-05T12:00:00Z");
  const night = new Date("2026-01-05T22:00:00Z");
  const decided = (changes: object, now = day) => decide({ ...situation, now, ...changes });

  test("switches only what is not as the schedule asks for", () => {
    expect(decided({})).toMatchObject({ action: "keep", enabled: true });
    expect(decided({ hasEndpoint: false })).toMatchObject({ action: "on", enabled: true });
    expect(decided({}, night)).toMatchObject({ action: "off", enabled: false });
    expect(decided({ hasEndpoint: false }, night)).toMatchObject({ action: "keep", enabled: false });
  });

  test("does nothing without a schedule, for a disabled endpoint, and before the first deployment", () => {
    expect(decided({ schedule: undefined }, night)).toMatchObject({ action: "keep", enabled: true });
    expect(decided({ enabled: false, hasEndpoint: false })).toMatchObject({ action: "keep", enabled: false });
    expect(decided({ deployed: false, hasEndpoint: false })).toMatchObject({ action: "keep" });
  });

  test("gives the local time and the schedule as its reason", () => {
    expect(decided({}, night).reason).toBe(
      "It is mon 23:00 in Europe/Berlin; the endpoint exists from 07:00 to 19:00 on mon, tue, wed, thu, fri.",
    );
  });
});

describe("the copy of a stack's file", () => {
  test("has another endpoint.enabled and keeps everything else, comments included", () => {
    const text = `# dev\nencryptionsalt: v1:abc=:x\nconfig:\n  p:endpoint:\n    enabled: true # by the hour\n    instanceCount: 2\n  p:token:\n    secure: AAAB\n`;
    expect(withEndpoint(text, "p", { enabled: true, instanceCount: 2 }, false)).toBe(
      text.replace("enabled: true", "enabled: false"),
    );
    expect(withEndpoint(text, "p", {}, true)).toBe(text);
  });

  test("repeats the project's default of the section if the file has none", () => {
    expect(withEndpoint("config:\n  a:b: 1\n", "p", { instanceCount: 3 }, false)).toBe(
      "config:\n  a:b: 1\n  p:endpoint:\n    instanceCount: 3\n    enabled: false\n",
    );
    expect(withEndpoint("", "p", {}, false)).toContain("p:endpoint:\n    enabled: false");
  });
});
