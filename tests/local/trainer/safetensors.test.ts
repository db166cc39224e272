import fc from "fast-check";
import { halfToNumber, readSafetensors, writeSafetensors } from "../../../local/trainer/safetensors";
import type { Weights } from "../../../local/trainer/weights";

const sample: Weights = {
  "a.weight": { shape: [2, 3], data: Float32Array.from([1, -2, 3.5, 0, 1e-20, -1e20]) },
  "b.weight": { shape: [1], data: Float32Array.from([Math.fround(0.1)]) },
};

describe("safetensors", () => {
  test("returns any tensors unchanged", () => {
    const tensor = fc
      .array(fc.float({ noNaN: true }), { minLength: 1, maxLength: 20 })
      .map((values) => ({ shape: [values.length], data: Float32Array.from(values) }));
    const names = fc
      .string({ unit: "grapheme", minLength: 1 })
      .filter((name) => name !== "__metadata__" && name !== "__proto__");
    fc.assert(
      fc.property(fc.dictionary(names, tensor, { maxKeys: 5, noNullPrototype: true }), (weights) => {
        expect(readSafetensors(writeSafetensors(weights), "x")).toEqual(weights);
      }),
    );
  });

  test("writes the file layout of the format's specification", () => {
    const bytes = writeSafetensors(sample, { format: "pt" });
    const headerEnd = 8 + Number(bytes.readBigUInt64LE(0));
    expect(JSON.parse(bytes.toString("utf8", 8, headerEnd))).toEqual({
      __metadata__: { format: "pt" },
      "a.weight": { dtype: "F32", shape: [2, 3], data_offsets: [0, 24] },
      "b.weight": { dtype: "F32", shape: [1], data_offsets: [24, 28] },
    });
    const numbers = Array.from({ length: 7 }, (_, index) => bytes.readFloatLE(headerEnd + 4 * index));
    expect(numbers).toEqual([...sample["a.weight"]!.data, ...sample["b.weight"]!.data]);
    expect(bytes).toHaveLength(headerEnd + 28);
  });

  test("starts the numbers at a multiple of 8 bytes", () => {
    for (const name of ["a", "ab", "abc", "abcd", "abcde"]) {
      const bytes = writeSafetensors({ [name]: sample["a.weight"]! });
      expect(Number(bytes.readBigUInt64LE(0)) % 8).toBe(0);
    }
  });

  test.each([
    [0x3c00, 1],
    [0xc000, -2],
    [0x3555, 0.333251953125],
    [0x0001, 2 ** -24],
    [0x7bff, 65504],
    [0x7c00, Infinity],
    [0xfc00, -Infinity],
    [0x7e00, NaN],
    [0x8000, -0],
  ])("half precision %i is %d", (bits, value) => {
    expect(halfToNumber(bits)).toBe(value);
  });

  const whole = writeSafetensors(sample);
  test.each([
    ["an empty file", Buffer.alloc(0), /is 0 bytes long/],
    ["a truncated header", whole.subarray(0, 20), /truncated: its header should be/],
    ["cut numbers", whole.subarray(0, whole.length - 2), /truncated or damaged: b\.weight/],
    ["a header that is not JSON", withHeader("nonsense"), /not JSON/],
    ["a header that is a list", withHeader("[]"), /not a JSON object/],
    [
      "an entry without offsets",
      withHeader('{"w":{"dtype":"F32","shape":[1]}}'),
      /entry w has no shape or offsets/,
    ],
    [
      "an unsupported number type",
      withHeader('{"w":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}'),
      /w is of type I64; supported: F32, F16/,
    ],
  ])("refuses %s", (_, bytes, message) => {
    expect(() => readSafetensors(bytes, "model.safetensors")).toThrow(
      expect.objectContaining({ code: "InvalidModel", message: expect.stringMatching(message) as string }),
    );
  });
});

function withHeader(header: string): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, Buffer.from(header), Buffer.alloc(8)]);
}
