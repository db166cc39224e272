import { join } from "node:path";

type Load = typeof import("../../scripts/lib/cloudLoad/load");
// The compiled one: it starts the cloud in a process of its own.
const { measureCloud } = jest.requireActual<Load>(
  join(__dirname, "../../dist/scripts/lib/cloudLoad/load.js"),
);

test("the bench of the local cloud loses nothing and has no errors, at a small size", async () => {
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
