import fc from "fast-check";
import {
  forProvider,
  fromProgram,
  hasSecrets,
  hasUnknowns,
  isUnknown,
  markAdditionalSecrets,
  markSecrets,
  rewrite,
  sameValue,
  secret,
  signatureKey,
  signatures,
  unknownValue,
  without,
  withoutSecrets,
  type Value,
} from "../../../../local/engine/values/values";

const reference = { [signatureKey]: signatures.resource, urn: "urn:pulumi:dev::p::t:m:T::a", id: "i" };

describe("values", () => {
  test("removes what providers do not support", () => {
    const nothing = { secrets: false, resources: false };
    expect(forProvider({ a: secret({ b: secret(1) }), r: reference }, nothing)).toEqual({
      a: { b: 1 },
      r: "i",
    });
    expect(forProvider({ a: secret(1) }, { secrets: true, resources: true })).toEqual({ a: secret(1) });
    expect(forProvider({ r: without(reference, ["id"]) }, nothing)).toEqual({ r: reference.urn });
    expect(forProvider({ r: { ...reference, id: "" } }, nothing)).toEqual({ r: unknownValue });
  });

  test("rejects assets from programs and states", () => {
    const properties = { a: [{ [signatureKey]: signatures.asset, text: "x" }] };
    expect(() => fromProgram(properties)).toThrow(/assets and archives.*Pulumi CLI/);
    expect(() => forProvider(properties, { secrets: true, resources: true })).toThrow(/assets and archives/);
  });

  test("converts output values of programs to plain, secret or unknown values and omits top-level nulls", () => {
    const output = { [signatureKey]: signatures.output, value: 1, secret: true };
    const unknown = without(output, ["value"]);
    expect(fromProgram({ a: output, b: null, c: [null, [output]], d: unknown })).toEqual({
      a: secret(1),
      c: [null, [secret(1)]],
      d: secret(unknownValue),
    });
    expect(isUnknown(secret(unknownValue))).toBe(true);
    expect(hasUnknowns({ a: [{ b: unknown }] })).toBe(true);
  });

  test("marks outputs named like secret inputs as secret, arrays as a whole", () => {
    const inputs = { a: secret(1), b: { c: secret(1) }, e: [secret(1), 2] };
    expect(markSecrets({ a: 1, b: { c: 1, d: 1 }, e: [1, 2], f: 1 }, inputs)).toEqual({
      a: secret(1),
      b: { c: secret(1), d: 1 },
      e: secret([1, 2]),
      f: 1,
    });
    expect(markAdditionalSecrets({ a: 1, b: 1 }, ["a", "z"])).toEqual({ a: secret(1), b: 1 });
  });

  test("a reference is the same with the empty version that Pulumi writes and without it", () => {
    expect(sameValue(reference, { ...reference, packageVersion: "" })).toBe(true);
    expect(sameValue(reference, { ...reference, packageVersion: "1.0.0" })).toBe(false);
  });

  test.each<[string, Value | undefined, Value | undefined, boolean]>([
    ["secrets by their values", { a: secret([1, { b: 2 }]) }, { a: [1, { b: secret(2) }] }, true],
    ["a null differs from a missing value", { a: 1 }, { a: 1, b: null }, false],
    ["lists of different length", [1], [1, 1], false],
    ["NaN equals itself", Number.NaN, Number.NaN, true],
    ["the sign of zero does not matter", 0, -0, true],
    ["a list and a map", [], {}, false],
  ])("equality: %s", (_what, a, b, expected) => {
    expect(sameValue(a, b)).toBe(expected);
    expect(sameValue(b, a)).toBe(expected);
  });

  const value = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<Value>;

  test("copies nothing if nothing is rewritten, and removes the secret marks it added", () => {
    fc.assert(
      fc.property(value, (original) => {
        expect(rewrite(original, (item) => item)).toBe(original);
        const wrapped = rewrite(original, (item) => (typeof item === "number" ? secret(item) : item));
        expect(withoutSecrets(wrapped)).toEqual(original);
        expect(sameValue(wrapped, original)).toBe(true);
        expect(hasSecrets(wrapped)).toBe(wrapped !== original);
      }),
    );
  });
});
