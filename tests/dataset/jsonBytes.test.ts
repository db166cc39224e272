import fc from "fast-check";
import { jsonBytes } from "../../dataset/jsonBytes";

const written = (value: unknown): string => {
  const out = jsonBytes(0);
  out.line(value);
  return Buffer.from(out.take()).toString();
};
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

describe("JSON from bytes", () => {
  test("equals JSON.stringify for any text of any length", () => {
    const character = fc.oneof(
      fc.integer({ max: 0x7f, min: 0 }),
      fc.integer({ max: 0xd7ff, min: 0x80 }),
      fc.integer({ max: 0x10ffff, min: 0xe000 }),
    );
    const texts = fc.array(character, { maxLength: 100 }).map((codes) => String.fromCodePoint(...codes));
    fc.assert(
      fc.property(fc.array(texts, { maxLength: 5 }), (list) => {
        expect(written({ list: list.map(bytes) })).toBe(`${JSON.stringify({ list })}\n`);
      }),
      { numRuns: 50 },
    );
    const every = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)).join("");
    for (const text of [every, every.repeat(50), `${"x".repeat(10_000)}"`, `\n${"è".repeat(5_000)}\\\n`]) {
      expect(written(bytes(text))).toBe(`${JSON.stringify(text)}\n`);
    }
  });

  test.each<[string, unknown, string]>([
    ["integers with all their digits", { a: 1n, b: 2n ** 63n + 5n }, '{"a":1,"b":9223372036854775813}'],
    ["times as milliseconds since 1970", new Date(1_704_164_645_678), "1704164645678"],
    ["values that JSON does not have as null", [NaN, Infinity, undefined, null], "[null,null,null,null]"],
    ["numbers and booleans unchanged", { a: 1.5, b: 1e300, c: true }, '{"a":1.5,"b":1e+300,"c":true}'],
    ["typed lists as lists", Int32Array.of(1, -2), "[1,-2]"],
    ["empty things", { a: [], b: {}, c: bytes("") }, '{"a":[],"b":{},"c":""}'],
    ["names that need escapes", { 'a"\n': 1 }, '{"a\\"\\n":1}'],
  ])("writes %s", (_name, value, expected) => {
    expect(written(value)).toBe(`${expected}\n`);
  });
});
