import { describeError } from "../../dataset/errors";
import { openEngine } from "../../dataset/duckdb";

jest.mock("@duckdb/node-api", () => {
  throw new Error("Cannot find module '@duckdb/node-bindings-linux-x64/duckdb.node'");
});

test("a platform without DuckDB's native binding is named, with what to install", async () => {
  const error: unknown = await openEngine("/tmp").catch((caught: unknown) => caught);
  expect(describeError(error)).toBe(
    [
      `error [Engine]: DuckDB cannot be loaded on ${process.platform}-${process.arch}`,
      "  cause: Cannot find module '@duckdb/node-bindings-linux-x64/duckdb.node'",
      "  what to do: Install the optional packages of this platform with `npm ci` (without --omit=optional); @duckdb/node-bindings lists the platforms.",
    ].join("\n"),
  );
});
