import { compareInputs } from "../../../local/engine/values/diff";
import { describeStep } from "../../../local/engine/deploy/deployment";
import {
  diffKeys,
  durationText,
  outputLines,
  shortType,
  valueText,
} from "../../../local/engine/display/text";
import { parseDuration } from "../../../local/engine/deploy/goal";
import { openSecrets } from "../../../local/engine/state/secrets";
import {
  forProvider,
  fromProgram,
  isUnknown,
  markSecrets,
  sameValue,
  secret,
  unknownValue,
  without,
} from "../../../local/engine/values/values";

const urn = (name: string): string => `urn:pulumi:dev::p::t:m:T::${name}`;

describe("values", () => {
  const reference = {
    "4dabf18193072939515e22adb298388d": "5cf8f73096256a8f31e491e813e4eb8e",
    urn: urn("a"),
    id: "i",
  };
  const output = {
    "4dabf18193072939515e22adb298388d": "d0e6a833031e9bbcd3f4e8bde6ca49a4",
    value: 1,
    secret: true,
  };

  test("what providers do not accept is taken off", () => {
    expect(
      forProvider({ a: secret({ b: secret(1) }), r: reference }, { secrets: false, resources: false }),
    ).toEqual({ a: { b: 1 }, r: "i" });
    expect(forProvider({ a: secret(1) }, { secrets: true, resources: true })).toEqual({ a: secret(1) });
  });

  test("output values of programs become plain, secret or unknown; top-level nulls vanish", () => {
    const unknown = without(output, ["value"]);
    expect(fromProgram({ a: output, b: null, c: [null], d: unknown })).toEqual({
      a: secret(1),
      c: [null],
      d: secret(unknownValue),
    });
    expect(isUnknown(secret(unknownValue))).toBe(true);
  });

  test("outputs named like secret inputs become secret; arrays as a whole", () => {
    expect(
      markSecrets(
        { a: 1, b: { c: 1, d: 1 }, e: [1, 2], f: 1 },
        { a: secret(1), b: { c: secret(1) }, e: [secret(1), 2] },
      ),
    ).toEqual({
      a: secret(1),
      b: { c: secret(1), d: 1 },
      e: secret([1, 2]),
      f: 1,
    });
  });

  test("equality looks through secrets", () => {
    expect(sameValue({ a: secret([1, { b: 2 }]) }, { a: [1, { b: secret(2) }] })).toBe(true);
    expect(sameValue({ a: 1 }, { a: 1, b: null })).toBe(false);
  });
});

describe("secrets", () => {
  test("the same text keeps its ciphertext; a wrong passphrase is noticed", async () => {
    const made = await openSecrets(undefined, "one");
    expect(made).toMatchObject({ fresh: true, salt: expect.stringMatching(/^v1:[^:]+:v1:[^:]+:[^:]+$/) });
    const again = await openSecrets(made.salt, "one");
    const text = made.encrypt("hush");
    expect(again.decrypt(text)).toBe("hush");
    expect(again.encrypt("hush")).toBe(text);
    again.encrypt(JSON.stringify("whisper"));
    expect(again.mask("they whisper of pulumi")).toBe("they [secret] of pulumi");
    await expect(openSecrets(made.salt, "two")).rejects.toThrow("incorrect passphrase");
  });

  test("texts of Pulumi's own passphrase provider are understood", async () => {
    const salt = "v1:XHolBol+U8I=:v1:z3iAuiUW4FOlvkV2:EQJFrA+4XzgBGTByniHBjmAnDHh27A==";
    expect((await openSecrets(salt, "local")).fresh).toBe(false);
  });
});

describe("what people read", () => {
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

  test("types lose what repeats itself, durations are Pulumi's", () => {
    expect(shortType("pulumi-nodejs:dynamic/azureml:FineTuneJob")).toBe("azureml:FineTuneJob");
    expect(shortType("azure-native:machinelearningservices/v20240401:Workspace")).toBe(
      "azure-native:machinelearningservices:Workspace",
    );
    expect([0.2, 65, 3700].map(durationText)).toEqual(["1s", "1m5s", "1h1m40s"]);
  });

  test("secrets, unknowns and long texts are not spelt out", () => {
    expect(valueText({ a: secret("x"), b: unknownValue })).toBe('{"a":"[secret]","b":"[unknown]"}');
    expect(valueText("y".repeat(500))).toContain("… (502 characters)");
    expect(outputLines({ a: secret("1"), b: 1, c: 1 }, { a: secret("2"), b: 2, d: 3 })).toEqual([
      "  ~ a: [secret]",
      "  ~ b: 1 => 2",
      "  - c: 1",
      "  + d: 3",
    ]);
  });

  test("changed keys are listed, internal ones are not", () => {
    const diff = compareInputs({ a: 1, __provider: "x" }, { a: 2, b: 1, __provider: "y" });
    expect(diffKeys(describeStep("update", urn("a"), { diff }))).toBe(" [diff: ~a,+b]");
  });
});
