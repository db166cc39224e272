import { createClock } from "../../../local/cloud/clock";
import { pollAfterMs, retryAfter } from "../../../local/cloud/retryAfter";

describe("Retry-After headers", () => {
  it.each([
    [100, "1", "100"],
    [1000, "1", "1000"],
    [1001, "2", "1001"],
    [0.2, "1", "1"],
  ])("express %d milliseconds in every spelling, whole seconds rounded up", (given, seconds, whole) => {
    expect(retryAfter(given)).toEqual({
      "retry-after": seconds,
      "retry-after-ms": whole,
      "x-ms-retry-after-ms": whole,
    });
  });

  it.each([
    ["instant", 1, 100],
    ["brisk", 1, 100],
    ["realistic", 1, 10_000],
    ["realistic", 20, 500],
    ["realistic", 10_000, 100],
    ["realistic", 0, 1000],
  ] as const)("of a poll under %s at speed %d are %d ms of real time", (profile, speed, expected) => {
    expect(pollAfterMs(createClock({ profile, speed }))).toBe(expected);
  });
});
