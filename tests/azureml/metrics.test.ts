import { lastMinute, wholeMinutes } from "../../azureml/clients/metrics";

const at = (clock: string): number => Date.parse(`2026-01-01T${clock}Z`);
const text = (ms: number): string => new Date(ms).toISOString().slice(11, 19);

test.each([
  ["12:00:30", "12:03:10", "12:01:00", "12:04:00", "12:03:00"],
  ["12:00:00", "12:01:00", "12:00:00", "12:01:00", "12:00:00"],
  ["12:00:30", "12:01:40", "12:00:00", "12:02:00", "12:01:00"],
  ["12:00:30", "12:00:40", "12:00:00", "12:01:00", "12:00:00"],
])(
  "from %s to %s, the metrics of %s to %s count, and %s is the last minute",
  (start, end, from, to, last) => {
    const span = { start: at(start), end: at(end) };
    const minutes = wholeMinutes(span);
    expect([text(minutes.start), text(minutes.end), text(lastMinute(span))]).toEqual([from, to, last]);
  },
);
