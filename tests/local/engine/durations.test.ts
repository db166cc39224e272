import { parseDuration } from "../../../local/engine/deploy/goal";

test.each([
  ["5m", 300],
  ["1h30m", 5400],
  ["1.5s", 1.5],
  ["250ms", 0.25],
  ["soon", undefined],
  ["5", undefined],
])("the duration %s is %p seconds", (text, seconds) => {
  expect(parseDuration(text)).toBe(seconds);
});
