import { Each, Including, differences, type Remembered } from "./compare";
import { changed } from "./exchange";

const GUID = "11111111-2222-3333-4444-555555555555";
const OTHER = "99999999-2222-3333-4444-555555555555";
const TIME = "2026-01-02T03:04:05.678Z";

const found = (actual: unknown, golden: unknown, known: Remembered = new Map()): string[] =>
  differences(actual, golden, known).map((text) => text.split(":")[0] ?? "");

describe("a golden body", () => {
  it.each([
    ["the same", { a: [1, "b", null] }, { a: [1, "b", null] }, []],
    ["another value", { a: 1 }, { a: 2 }, ["body.a"]],
    ["an extra member", { a: 1, b: 2 }, { a: 1 }, ["body.b"]],
    ["a missing member", { a: 1 }, { a: 1, b: 2 }, ["body.b"]],
    ["null instead of nothing", { a: null }, {}, ["body.a"]],
    ["nothing instead of null", {}, { a: null }, ["body.a"]],
    ["an extra item", [1, 2], [1], ["body"]],
    ["a list instead of an object", [], {}, ["body"]],
    ["a guid", GUID, "<guid>", []],
    ["no guid", "no", "<guid>", ["body"]],
    ["a time", TIME, "<time>", []],
    ["no time", "yesterday", "<time>", ["body"]],
    ["a number as text", "5", "<number>", ["body"]],
    ["a placeholder within a text", `https://h/${GUID}/x`, "https://h/<guid>/x", []],
    ["a different text with dots", "axb", "a.b", ["body"]],
    ["items that are alike", [{ a: 1 }, { a: 2 }], new Each({ a: "<number>" }), []],
    ["an item that differs", [{ a: 1 }, { a: "2" }], new Each({ a: "<number>" }), ["body[1].a"]],
    ["no items", [], new Each("<text>"), ["body"]],
    ["an item among others", [1, { a: 2 }], new Including([{ a: 2 }]), []],
    ["an item that is missing", [1], new Including([{ a: 2 }]), ["body"]],
  ])("finds %s", (_what, actual, golden, expected) => {
    expect(found(actual, golden)).toEqual(expected);
  });

  it("requires a named value to be the same as before", () => {
    const known: Remembered = new Map();
    expect(found({ a: GUID, b: `x/${GUID}` }, { a: "<guid:one>", b: "x/<guid:one>" }, known)).toEqual([]);
    expect(found(OTHER, "<guid:one>", known)).toEqual(["body"]);
    expect(found(OTHER, "<guid>", known)).toEqual([]);
  });

  it("refuses an unknown placeholder, which would check nothing", () => {
    expect(() => found("a", "<nonsense>")).toThrow(/no placeholder <nonsense>/);
  });

  it("is changed at any depth, and loses members that are undefined", () => {
    expect(changed({ a: { b: 1, c: 2 }, d: 3 }, { a: { b: 4, c: undefined } })).toEqual({
      a: { b: 4 },
      d: 3,
    });
  });
});
