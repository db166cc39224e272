import { thinned } from "../../../operations/workspaceView/thinned";

test("a thinned curve keeps its ends, its peaks and the order of its steps", () => {
  const points = Array.from({ length: 10_000 }, (_, step) => ({
    step,
    at: 0,
    value: step === 7_777 ? 1e9 : Math.sin(step),
  }));
  points[5] = { step: 5, at: 0, value: Number.NaN };
  const curve = thinned(points);
  expect(curve.length).toBeLessThanOrEqual(400);
  expect([curve[0]?.[0], curve.at(-1)?.[0]]).toEqual([0, 9_999]);
  expect(curve).toContainEqual([7_777, 1e9]);
  expect(curve.map(([step]) => step)).toEqual(curve.map(([step]) => step).sort((a, b) => a - b));
  expect(thinned(points.slice(0, 3))).toHaveLength(3);
});
