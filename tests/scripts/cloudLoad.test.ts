import { join } from "node:path";

type Load = typeof import("../../scripts/bench/cloudLoad/load");
// The compiled module, because it starts the cloud in its own process.
const { measureCloud } = jest.requireActual<Load>(
  join(__dirname, "../../dist/scripts/bench/cloudLoad/load.js"),
);

test("the load bench of the local cloud finds no lost writes and no errors, at a small size", async () => {
  const rows: Array<[name: string, value: string]> = [];
  await measureCloud({
    clients: 4,
    calls: 6,
    scorers: 2,
    scores: 1,
    row: (name, value) => rows.push([name.trim(), value]),
  });
  expect(rows.filter(([name]) => name === "errors")).toEqual(Array(3).fill(["errors", "none"]));
  expect(rows).toContainEqual(["4 clients, mixed calls", expect.stringMatching(/^24 calls/)]);
  expect(rows).toContainEqual(["2 clients, scoring", expect.stringMatching(/^2 calls/)]);
  expect(rows).toContainEqual([
    "writes confirmed and found again",
    expect.stringMatching(/^([1-9]\d*) of \1$/),
  ]);
});
