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
import { secret, unknownValue } from "../../../local/engine/values/values";

const urn = (name: string): string => `urn:pulumi:dev::p::t:m:T::${name}`;

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
